/** The cluster that cluster and browser tests run on: the one that `npm test` has brought up, else one of their own. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ClusterClient } from './client.ts';
import { Cluster, type Environment } from './cluster.ts';

const VAR = fileURLToPath(new URL('../../var/', import.meta.url));

export class TestCluster extends ClusterClient {
  static override async of(cluster: Cluster): Promise<TestCluster> {
    const [https, http] = [await cluster.baseUrl(8443), await cluster.baseUrl(8080)];
    return new TestCluster(cluster, { https, http }, await cluster.secret('lb', 'tls.crt'));
  }

  /** Runs a scenario; when it fails every part's log is kept in var/failed/. Either way the cluster is left whole. */
  async scenario(t: TestContext, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.cluster.saveLogs(path.join(VAR, 'failed', t.name.replaceAll(/[^\w-]+/g, '-')));
      throw error;
    } finally {
      await this.cluster.mend();
    }
  }
}

let shared: Promise<TestCluster> | undefined;
let own: Cluster | undefined;

// Said at the top of the file, so that it is done after the last test and not after the one that asked first.
after(() => own?.destroy());

/**
 * The running test cluster, whole. PORTICO_TEST_PROJECT names it; without it one is brought up, beside whatever else
 * runs on this machine, and taken away after this file's last test.
 */
export function testCluster(): Promise<TestCluster> {
  shared ??= provide();
  return shared;
}

async function provide(): Promise<TestCluster> {
  const named = process.env.PORTICO_TEST_PROJECT;
  if (named) {
    const cluster = await Cluster.attach(named);
    await cluster.waitWhole();
    return TestCluster.of(cluster);
  }
  const cluster = await Cluster.create({
    project: `portico-test-${randomBytes(3).toString('hex')}`,
    env: await testEnvironment(),
    onLine: (line) => process.env.PORTICO_TEST_VERBOSE && process.stderr.write(`${line}\n`),
  });
  own = cluster;
  try {
    await cluster.waitWhole(180_000);
  } catch (error) {
    await cluster.saveLogs(path.join(VAR, 'failed', 'bring-up'));
    throw error;
  }
  return TestCluster.of(cluster);
}

/** Ports and image names that meet nobody else's. */
export async function testEnvironment(): Promise<Environment> {
  const [https, http] = [await freePort(), await freePort()];
  return {
    PORTICO_BIND: '127.0.0.1',
    PORTICO_HTTPS_PORT: String(https),
    PORTICO_HTTP_PORT: String(http),
    PORTICO_IMAGE_PREFIX: process.env.PORTICO_IMAGE_PREFIX ?? 'portico-test',
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** The cluster that cluster and browser tests run on: the one that `npm test` has brought up, else one of their own. */
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testEnvironment } from '../cli/test/environment.ts';
import { temporaryProject } from '../cli/test/project.ts';
import { ClusterClient } from './client.ts';
import { Cluster, type Environment } from './cluster.ts';

/** Ample: a bring-up on a busy machine, with three state transfers. Promises of time are the drills' affair. */
const WHOLE_MS = 300_000;
const VAR = fileURLToPath(new URL('../../var/', import.meta.url));

export class TestCluster extends ClusterClient {
  static override async of(cluster: Cluster, balancer = 'lb'): Promise<TestCluster> {
    const [https, http] = [await cluster.baseUrl(8443, balancer), await cluster.baseUrl(8080, balancer)];
    return new TestCluster(cluster, { https, http }, await cluster.secret('lb', 'tls.crt'));
  }

  /**
   * Runs a scenario; when it fails every part's log is kept in var/failed/. Either way the cluster is left whole, and
   * with its usual settings.
   * @param settings for the load balancer while the scenario runs, e.g. `{PORTICO_STICKY: 'ip'}`
   */
  async scenario(t: TestContext, work: () => Promise<void>, settings?: Environment): Promise<void> {
    try {
      if (settings) await this.cluster.reconfigure('lb', settings);
      await this.cluster.waitWhole(WHOLE_MS, settings?.PORTICO_STICKY !== undefined);
      await work();
    } catch (error) {
      await this.cluster.saveLogs(path.join(VAR, 'failed', t.name.replaceAll(/[^\w-]+/g, '-')));
      throw error;
    } finally {
      if (settings) await this.cluster.reconfigure('lb', {});
      await this.cluster.mend(WHOLE_MS);
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
    await cluster.waitWhole(WHOLE_MS);
    return TestCluster.of(cluster);
  }
  const cluster = await Cluster.create({
    project: temporaryProject('test'),
    env: await testEnvironment(),
    onLine: (line) => process.env.PORTICO_TEST_VERBOSE && process.stderr.write(`${line}\n`),
  });
  own = cluster;
  try {
    await cluster.waitWhole(WHOLE_MS);
  } catch (error) {
    await cluster.saveLogs(path.join(VAR, 'failed', 'bring-up'));
    throw error;
  }
  return TestCluster.of(cluster);
}

/** Real database nodes for tests on the host, as they are: killed and frozen by the tests that use them. */
import { createConnection } from 'mysql2/promise';
import { Cluster, DATABASES } from '../../drills/cluster.ts';
import { testCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';
import { createLogger } from '../log.ts';
import type { RouterOptions } from './options.ts';
import { Router } from './router.ts';

export { DATABASES, until };

const log = createLogger('test', 'host', process.env.PORTICO_TEST_VERBOSE ? 'info' : 'silent');

export class TestNodes {
  readonly cluster: Cluster;
  private readonly passwords: { app: string; migrate: string };
  private known: { at: number; addresses: Promise<Map<string, string>> } | undefined;

  private constructor(cluster: Cluster, passwords: { app: string; migrate: string }) {
    this.cluster = cluster;
    this.passwords = passwords;
  }

  static async get(): Promise<TestNodes> {
    const named = process.env.PORTICO_TEST_PROJECT;
    const cluster = named ? await Cluster.attach(named) : (await testCluster()).cluster;
    const app = await cluster.secret('portal', 'app-password');
    return new TestNodes(cluster, { app, migrate: await cluster.secret('migrate', 'migrate-password') });
  }

  /** A router as one process has it, with the account that the portals have. */
  router(options: Partial<RouterOptions> = {}): Router {
    const account = { user: 'portico_app', password: this.passwords.app, database: 'portico' };
    const address = (node: string) => this.address(node);
    return new Router({ nodes: DATABASES, ...account, log, address, ...options });
  }

  /** Addresses change when a node restarts, so this asks again; at most once a second, since each costs a process. */
  async address(node: string): Promise<string> {
    if (this.known === undefined || performance.now() - this.known.at > 1000) {
      const addresses = this.cluster
        .parts()
        .then((parts) => new Map(parts.map((one) => [one.service, one.addresses.internal ?? ''])));
      this.known = { at: performance.now(), addresses };
    }
    const address = (await this.known.addresses).get(node);
    if (!address) {
      throw new Error(`${node} has no address now`);
    }
    return address;
  }

  /** One node, with the account that may change the schema. */
  async migrateTarget(node: string) {
    const address = { host: await this.address(node), port: 3306 };
    return { address, user: 'portico_migrate', password: this.passwords.migrate, database: 'portico' };
  }

  /** For statements that are no transaction: tables of the test's own. */
  async run(sql: string): Promise<void> {
    const router = this.router();
    try {
      await allSynced(router);
      const { address, ...account } = await this.migrateTarget(router.writer() ?? DATABASES[0]);
      const connection = await createConnection({ ...address, ...account, multipleStatements: true });
      await connection.query(sql);
      await connection.end();
    } finally {
      await router.close();
    }
  }

  /** Thaws and starts what a test left behind. */
  async mend(router: Router): Promise<void> {
    for (const part of await this.cluster.parts()) {
      if (part.service.startsWith('db-') && part.state === 'paused') {
        await this.cluster.unpause(part.service);
      } else if (part.service.startsWith('db-') && part.state !== 'running') {
        await this.cluster.start(part.service);
      }
    }
    await allSynced(router);
  }
}

export async function allSynced(router: Router, deadlineMs = 180_000): Promise<void> {
  await until('all three nodes are synced', deadlineMs, async () => {
    const others = router.nodes().filter(({ state }) => state !== 'synced');
    return others.length === 0 ? true : others.map(({ name, reason }) => `${name} ${reason}`).join('; ');
  });
}

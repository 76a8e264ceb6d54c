/** The first start, killed at any moment: no state may be left that waits for ever, and no second cluster begins. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { testEnvironment } from '../services/cli/test/environment.ts';
import { temporaryProject } from '../services/cli/test/project.ts';
import { Cluster, DATABASES } from '../services/drills/cluster.ts';
import { until } from '../services/drills/until.ts';
import type { Report } from './peers.ts';

const KILLS = 6;
let cluster: Cluster;

before(async () => {
  cluster = await Cluster.create({
    project: temporaryProject('birth'),
    env: await testEnvironment(),
    services: DATABASES,
  });
});
after(() => cluster?.destroy());

test('a first start that is killed again and again ends as one cluster', { timeout: 300_000 }, async () => {
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(Math.random() * 5_000);
      // Mostly the one that makes the first data; now and then all.
      const victims = kill % 3 === 2 ? DATABASES : (['db-1'] as const);
      await cluster.kill(...victims);
      await cluster.start(...victims);
    }
    const reports: Report[] = [];
    await until(
      'all three nodes are synced',
      90_000,
      async () => {
        reports.length = 0;
        for (const name of DATABASES)
          reports.push(JSON.parse(await cluster.exec(name, ['node', 'db/status.ts'])) as Report);
        const off = reports.find((one) => one.state !== 'primary' || !one.synced);
        return off === undefined || `${off.name}: ${off.state}, ${off.reason}`;
      },
      1_000,
    );
    const mark = JSON.parse(await cluster.exec('db-2', ['cat', '/run/portico/birth/born'])) as {
      uuid: string;
    };
    for (const { position } of reports) assert.equal(position?.uuid, mark.uuid);
    const query = ['mariadb', '--no-defaults', '-S', '/run/mysqld/mysqld.sock', '-u', 'portico', '-Ne'];
    for (const name of DATABASES) {
      const accounts = await cluster.exec(name, [
        ...query,
        "SELECT User FROM mysql.global_priv WHERE Host = '%' ORDER BY User",
      ]);
      assert.deepEqual(accounts.trim().split('\n'), ['portico_app', 'portico_migrate']);
    }
  } catch (error) {
    await cluster.saveLogs(path.join(fileURLToPath(new URL('../var/failed/', import.meta.url)), 'birth'));
    throw error;
  }
});

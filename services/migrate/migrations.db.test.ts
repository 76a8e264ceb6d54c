import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Router } from '../platform/database/router.ts';
import { expectedSchema, knownMigrations, schemaVersion } from '../platform/database/schema.ts';
import { allSynced, TestNodes } from '../platform/database/test-nodes.ts';
import { createLogger } from '../platform/log.ts';
import { migrate } from './migrations.ts';
import { seedAdministrator, tieToVolume } from './seed.ts';

const log = createLogger('test', 'host', 'silent');
const never = new AbortController().signal;

describe('migrate', () => {
  let nodes: TestNodes;
  let router: Router;
  before(async () => {
    nodes = await TestNodes.get();
    router = nodes.router();
    await allSynced(router);
  });
  after(() => router.close());

  it('two runs at once on two nodes, each from the first statement on, both end well', async () => {
    await migrate(await nodes.migrateTarget('db-1'), log, never);
    const usersBefore = await router.read((r) => r.query('SELECT * FROM users'));
    await router.write((tx) => tx.execute('DELETE FROM schema_migrations'));
    const targets = [await nodes.migrateTarget('db-1'), await nodes.migrateTarget('db-2')];
    await Promise.all(targets.map((target) => migrate(target, log, never)));
    const recorded = await router.read((r) =>
      r.query<{ name: string }>('SELECT name FROM schema_migrations'),
    );
    assert.deepEqual(recorded.map(({ name }) => name).sort(), knownMigrations());
    assert.equal(await router.read(schemaVersion), expectedSchema());
    assert.deepEqual(await router.read((r) => r.query('SELECT * FROM users')), usersBefore);
  });

  it('a run on an up-to-date schema changes nothing', async () => {
    assert.deepEqual(await migrate(await nodes.migrateTarget('db-1'), log, never), []);
  });

  it('a run whose node is lost rejects, so that it can begin again elsewhere', async () => {
    const lost = new AbortController();
    const run = migrate(await nodes.migrateTarget('db-1'), log, lost.signal);
    lost.abort();
    await assert.rejects(run, /the node was lost/);
  });

  it('a database that belongs to another volume is refused and stays as it is', async () => {
    const setting = async () =>
      (await router.read((r) => r.query("SELECT value FROM cluster_settings WHERE name = 'volume_id'")))[0];
    const before = await setting();
    assert.ok(before);
    await assert.rejects(tieToVolume(router, 'another-volume'), { code: 'conflict' });
    assert.deepEqual(await setting(), before);
  });

  it('an administrator is made only while there is no user', async () => {
    assert.equal(await seedAdministrator(router, 'not the first one'), false);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Router } from './router.ts';
import { allSynced, TestNodes, until } from './test-nodes.ts';
import { TestStream } from './test-stream.ts';

describe('without a majority', () => {
  let nodes: TestNodes;
  let router: Router;
  before(async () => {
    nodes = await TestNodes.get();
    router = nodes.router({ timing: { readHold: 3000, writeHold: 3000 } });
    await allSynced(router);
  });
  after(async () => {
    await nodes.mend(router);
    await router.close();
    await nodes.run(TestStream.dropTables);
  });

  const insert = (n: number) =>
    router.write((tx) => tx.execute('INSERT INTO test_ledger (worker, n) VALUES (0, ?)', [n]));

  for (const killed of [
    ['db-1', 'db-2'],
    ['db-1', 'db-2', 'db-3'],
  ]) {
    it(`${killed.join(', ')} killed: callers hear so, and all goes on by itself when they are back`, async () => {
      await nodes.run(TestStream.tables);
      for (let n = 0; n < 100; n += 1) await insert(n);
      await nodes.cluster.kill(...killed);
      await until('nobody serves', 20_000, async () => router.writer() === undefined || 'somebody does');
      await assert.rejects(insert(100), { code: 'database-unavailable', retryAfter: 5 });
      await assert.rejects(
        router.read((r) => r.query('SELECT 1')),
        { code: 'database-unavailable' },
      );
      await nodes.cluster.start(...killed);
      const took = await until('a write passes', 180_000, async () => {
        await insert(101);
        return true;
      });
      console.log(`  writes pass ${(took / 1000).toFixed(1)} s after the start`);
      const rows = await router.read((r) =>
        r.query<{ n: number }>('SELECT n FROM test_ledger WHERE n <> 100 ORDER BY n'),
      );
      const expected = [...Array.from({ length: 100 }, (_, n) => n), 101];
      assert.deepEqual(
        rows.map(({ n }) => n),
        expected,
      );
      await allSynced(router);
      assert.equal(router.writer(), 'db-1');
    });
  }
});

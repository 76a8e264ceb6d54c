import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ulid } from 'ulid';
import { PorticoError } from '../errors.ts';
import type { Router } from './router.ts';
import { allSynced, DATABASES, TestNodes, until } from './test-nodes.ts';
import type { NodeReport, Reader } from './types.ts';

const reversed = [...DATABASES].reverse();
const nodeName = async (reader: Reader) => {
  const [row] = await reader.query<{ name: string }>('SELECT @@wsrep_node_name AS name');
  return row?.name;
};

describe('the router', () => {
  let nodes: TestNodes;
  let router: Router;

  before(async () => {
    nodes = await TestNodes.get();
    await nodes.run(
      'CREATE TABLE IF NOT EXISTS test_values (id INT NOT NULL PRIMARY KEY, v INT NOT NULL, bytes BLOB, j JSON, at DATETIME(3))',
    );
    await nodes.run('DELETE FROM test_values');
    router = nodes.router();
    await allSynced(router);
  });
  after(async () => {
    await nodes.mend(router);
    await router.close();
    await nodes.run('DROP TABLE IF EXISTS test_values');
  });

  it('writes go to the first node, and so do reads that must see them; loose reads spare it', async () => {
    assert.equal(router.writer(), 'db-1');
    assert.equal(await router.write(nodeName), 'db-1');
    assert.equal(await router.read(nodeName), 'db-1');
    assert.equal(await router.read(nodeName, { causal: false }), 'db-2');
  });

  it('values come back as they went in', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z');
    await router.write((tx) =>
      tx.execute('REPLACE INTO test_values (id, v, bytes, j, at) VALUES (?, ?, ?, ?, ?)', [
        100,
        7,
        Buffer.from([0, 39, 92, 255]),
        JSON.stringify({ a: '"\\' }),
        at,
      ]),
    );
    const [row] = await router.read((r) =>
      r.query<{ bytes: Buffer; j: unknown; at: Date }>('SELECT * FROM test_values WHERE id = 100'),
    );
    assert.ok(row);
    assert.deepEqual([...row.bytes], [0, 39, 92, 255]);
    assert.deepEqual(row.at, at);
    assert.deepEqual(row.j, { a: '"\\' });
  });

  it('a transaction that throws leaves nothing, and its error comes through as it is', async () => {
    const refusal = new PorticoError('conflict', 'No.');
    const attempt = router.write(async (tx) => {
      await tx.execute('INSERT INTO test_values (id, v) VALUES (1, 1)');
      throw refusal;
    });
    await assert.rejects(attempt, (error) => error === refusal);
    assert.deepEqual(await router.read((r) => r.query('SELECT * FROM test_values WHERE id = 1')), []);
  });

  it('a statement after its transaction has ended is refused', async () => {
    const leaked = await router.write(async (tx) => tx);
    await assert.rejects(leaked.query('SELECT 1'), /has ended/);
  });

  it('an operation runs once: the second call with its id is refused', async () => {
    const operationId = ulid();
    const write = () =>
      router.write((tx) => tx.execute('DELETE FROM test_values WHERE id = 99'), { operationId });
    await write();
    await assert.rejects(write(), { code: 'conflict' });
  });

  it('concurrent read-modify-writes lose nothing, through one writer or two', async () => {
    const other = nodes.router({ nodes: reversed });
    try {
      await allSynced(other);
      await router.write((tx) => tx.execute('REPLACE INTO test_values (id, v) VALUES (2, 0)'));
      const increment = (through: Router) =>
        through.write(async (tx) => {
          const [row] = await tx.query<{ v: number }>('SELECT v FROM test_values WHERE id = 2');
          const { affectedRows } = await tx.execute('UPDATE test_values SET v = ? WHERE id = 2 AND v = ?', [
            row!.v + 1,
            row!.v,
          ]);
          assert.equal(affectedRows, 1);
        });
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([increment(router), increment(router), increment(other), increment(other)]);
      }
      const [row] = await router.read((r) =>
        r.query<{ v: number }>('SELECT v FROM test_values WHERE id = 2'),
      );
      assert.equal(row?.v, 40);
    } finally {
      await other.close();
    }
  });

  it('500 writes through one process are each seen at once by another that reads from another node', async () => {
    const other = nodes.router({ nodes: reversed });
    try {
      await allSynced(other);
      await router.write((tx) => tx.execute('REPLACE INTO test_values (id, v) VALUES (3, 0)'));
      let stale = 0;
      for (let n = 1; n <= 500; n += 1) {
        await router.write((tx) => tx.execute('UPDATE test_values SET v = ? WHERE id = 3', [n]));
        const [row] = await other.read((r) =>
          r.query<{ v: number }>('SELECT v FROM test_values WHERE id = 3'),
        );
        stale += row?.v === n ? 0 : 1;
      }
      assert.equal(await other.read(nodeName), 'db-3');
      assert.equal(stale, 0);
    } finally {
      await other.close();
    }
  });

  it('a thawed node proves that it has caught up before it is used, and nothing stale is read meanwhile', async () => {
    // This one would read from db-3 first of all.
    const other = nodes.router({ nodes: reversed });
    const states: string[] = [];
    let heldAt = 0;
    let heldMs = 0;
    other.onChange((reports: NodeReport[]) => {
      const state = reports.find(({ name }) => name === 'db-3')!.state;
      if (state !== states.at(-1)) {
        states.push(state);
        if (state === 'held') heldAt = performance.now();
        if (state === 'synced' && heldAt > 0) heldMs = performance.now() - heldAt;
      }
    });
    try {
      await allSynced(other);
      states.length = 0;
      await router.write((tx) => tx.execute('REPLACE INTO test_values (id, v) VALUES (4, 0)'));
      let n = 0;
      let stale = 0;
      let tooEarly = 0;
      let worst = 0;
      const writeAndRead = async () => {
        n += 1;
        const start = performance.now();
        await router.write((tx) => tx.execute('UPDATE test_values SET v = ? WHERE id = 4', [n]));
        const usable = other.nodes().find(({ name }) => name === 'db-3')?.state === 'synced';
        const [row] = await other.read((r) =>
          r.query<{ v: number; node: string }>(
            'SELECT v, @@wsrep_node_name AS node FROM test_values WHERE id = 4',
          ),
        );
        worst = Math.max(worst, performance.now() - start);
        stale += row?.v === n ? 0 : 1;
        const usableNow = other.nodes().find(({ name }) => name === 'db-3')?.state === 'synced';
        tooEarly += row?.node === 'db-3' && !usable && !usableNow ? 1 : 0;
      };
      await writeAndRead();
      await nodes.cluster.pause('db-3');
      const frozenUntil = performance.now() + 6000;
      while (performance.now() < frozenUntil) await writeAndRead();
      assert.deepEqual(states, ['away']);
      await nodes.cluster.unpause('db-3');
      await until(
        'db-3 is taken back',
        60_000,
        async () => {
          for (let burst = 0; burst < 20; burst += 1) await writeAndRead();
          return states.at(-1) === 'synced' ? true : states.join(' → ');
        },
        1,
      );
      await writeAndRead();
      assert.equal(await other.read(nodeName), 'db-3');
      console.log(`  ${n} writes and reads, worst ${Math.round(worst)} ms; db-3: ${states.join(' → ')}`);
      assert.deepEqual([stale, tooEarly], [0, 0]);
      assert.ok(states.includes('held'), states.join(' → '));
      assert.ok(heldMs >= 2700, `held for ${heldMs} ms`);
    } finally {
      await nodes.mend(router);
      await other.close();
    }
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { answerOnce } from './idempotency.ts';
import type { Router } from './router.ts';
import { allSynced, DATABASES, TestNodes, until } from './test-nodes.ts';
import { TestProxy } from './test-proxy.ts';
import type { Transaction } from './types.ts';

/** Cuts at exact places, by a proxy before each node: what a killed node does only by chance. */
describe('the router and a cut connection', () => {
  let nodes: TestNodes;
  let router: Router;
  const proxies = new Map<string, TestProxy>();
  const addresses = new Map<string, string>();
  const address = async (node: string) => addresses.get(node)!;

  before(async () => {
    nodes = await TestNodes.get();
    await nodes.run(
      'CREATE TABLE IF NOT EXISTS test_cuts (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, label VARCHAR(64) NOT NULL, attempt INT NOT NULL)',
    );
    await nodes.run('DELETE FROM test_cuts');
    for (const name of DATABASES) {
      const proxy = new TestProxy(await nodes.address(name));
      proxies.set(name, proxy);
      addresses.set(name, await proxy.listen());
    }
    router = nodes.router({ address });
  });
  beforeEach(() => allSynced(router));
  after(async () => {
    await router.close();
    for (const proxy of proxies.values()) proxy.close();
    await nodes.run('DROP TABLE IF EXISTS test_cuts');
  });

  const rows = async (label: string) =>
    (
      await router.read((r) =>
        r.query<{ attempt: number }>('SELECT attempt FROM test_cuts WHERE label = ?', [label]),
      )
    ).map(({ attempt }) => attempt);

  it('a COMMIT whose answer is lost is not carried out twice, and gives its own result', async () => {
    let runs = 0;
    proxies.get('db-1')!.atCommit = 'cut-after';
    const result = await router.write(async (tx) => {
      runs += 1;
      await tx.execute("INSERT INTO test_cuts (label, attempt) VALUES ('after', ?)", [runs]);
      return runs;
    });
    assert.equal(proxies.get('db-1')!.cuts, 1);
    assert.deepEqual([runs, result, await rows('after')], [1, 1, [1]]);
  });

  it('a COMMIT that never arrived is carried out by the next try', async () => {
    let runs = 0;
    proxies.get('db-1')!.atCommit = 'cut-before';
    const result = await router.write(async (tx) => {
      runs += 1;
      await tx.execute("INSERT INTO test_cuts (label, attempt) VALUES ('before', ?)", [runs]);
      return runs;
    });
    assert.deepEqual([runs, result, await rows('before')], [2, 2, [2]]);
  });

  it('100 writes with cuts strewn in make 100 rows', async () => {
    const modes = ['cut-before', 'cut-after', 'pass', 'pass'] as const;
    const cutsBefore = proxies.get('db-1')!.cuts;
    for (let n = 0; n < 100; n += 1) {
      proxies.get('db-1')!.atCommit = modes[n % modes.length]!;
      await router.write((tx) =>
        tx.execute("INSERT INTO test_cuts (label, attempt) VALUES ('strewn', ?)", [n]),
      );
    }
    assert.ok(proxies.get('db-1')!.cuts - cutsBefore >= 49);
    const found = (await rows('strewn')).sort((a, b) => a - b);
    assert.deepEqual(
      found,
      Array.from({ length: 100 }, (_, n) => n),
    );
  });

  it('one key runs once: again, at once on two nodes, and with its answer lost at COMMIT', async () => {
    const other = nodes.router({ nodes: [...DATABASES].reverse() });
    try {
      await allSynced(other);
      const work = async (tx: Transaction) => {
        const { insertId } = await tx.execute("INSERT INTO test_cuts (label, attempt) VALUES ('key', 0)");
        return { status: 201, body: { insertId, note: 'naïve "quotes" \\' } };
      };
      const claim = { principal: 'test', key: `k-${Date.now()}`, fingerprint: 'a'.repeat(64) };
      proxies.get('db-1')!.atCommit = 'cut-after';
      const answers = await Promise.all([
        answerOnce(router, claim, work),
        answerOnce(other, claim, work),
        answerOnce(router, claim, work),
        answerOnce(other, claim, work),
      ]);
      answers.push(await answerOnce(other, claim, work));
      assert.equal((await rows('key')).length, 1);
      assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
      for (const { answer } of answers) assert.deepEqual(answer, answers[0]!.answer);
      const foreign = answerOnce(router, { ...claim, fingerprint: 'b'.repeat(64) }, work);
      await assert.rejects(foreign, { code: 'idempotency-mismatch' });
    } finally {
      await other.close();
    }
  });

  it('what the work refuses is not stored: the same key may try again', async () => {
    const claim = { principal: 'test', key: `r-${Date.now()}`, fingerprint: 'c'.repeat(64) };
    const refused = answerOnce(router, claim, async () => {
      throw new Error('not now');
    });
    await assert.rejects(refused, /not now/);
    const { replayed } = await answerOnce(router, claim, async () => ({ status: 200, body: {} }));
    assert.equal(replayed, false);
  });

  it('a silent node loses its requests within the probe’s deadline, and they are answered by another', async () => {
    const long = router.read(async (r) => {
      await r.query('SELECT SLEEP(0.3)');
      return (await r.query<{ name: string }>('SELECT @@wsrep_node_name AS name'))[0]?.name;
    });
    proxies.get('db-1')!.silent = true;
    const start = performance.now();
    try {
      assert.equal(await long, 'db-2');
      const took = performance.now() - start;
      assert.ok(took < 3500, `${took} ms`);
      console.log(`  answered after ${Math.round(took)} ms`);
    } finally {
      proxies.get('db-1')!.silent = false;
    }
  });

  it('with no node left, callers are held for so long and no more of them than so many', async () => {
    const small = nodes.router({
      address,
      maxHeld: 3,
      timing: { writeHold: 2500, readHold: 2500, lateHold: 500 },
    });
    try {
      await allSynced(small);
      for (const proxy of proxies.values()) proxy.silent = true;
      await until(
        'no node serves',
        10_000,
        async () => (small.writer() === undefined ? true : 'one does'),
        50,
      );
      const start = performance.now();
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () =>
          small
            .write(async () => undefined)
            .then(
              () => ({ code: 'done', ms: 0 }),
              (error) => ({ code: error.code, ms: performance.now() - start }),
            ),
        ),
      );
      assert.ok(outcomes.every(({ code }) => code === 'database-unavailable'));
      assert.equal(outcomes.filter(({ ms }) => ms < 500).length, 2);
      assert.equal(outcomes.filter(({ ms }) => ms > 1800 && ms < 3200).length, 3);
      await until('who comes late in a long outage hears so soon', 10_000, async () => {
        const start = performance.now();
        await assert.rejects(
          small.write(async () => undefined),
          { code: 'database-unavailable' },
        );
        const took = performance.now() - start;
        return took < 1500 ? true : `${took} ms`;
      });
      const held = router.write(async (tx) => tx.query('SELECT 1'));
      for (const proxy of proxies.values()) proxy.silent = false;
      await held;
    } finally {
      for (const proxy of proxies.values()) proxy.silent = false;
      await small.close();
    }
  });

  it('who is cut off alone holds nobody: a write is told where it stands, not kept for the whole hold', async () => {
    let others = false;
    const alone = nodes.router({ address, isElsewhere: async () => others });
    /** Of a write and a read that begin as the last node falls silent. */
    const cutOff = async () => {
      await allSynced(alone);
      for (const proxy of proxies.values()) proxy.silent = true;
      const start = performance.now();
      const done = async (work: Promise<unknown>) =>
        work.then(
          () => ({ code: 'done', ms: performance.now() - start }),
          ({ code }) => ({ code, ms: performance.now() - start }),
        );
      const both = [
        done(alone.write((tx) => tx.query('SELECT 1'))),
        done(alone.read((r) => r.query('SELECT 1'))),
      ];
      const back = setTimeout(() => {
        for (const proxy of proxies.values()) proxy.silent = false;
      }, 5000);
      try {
        return await Promise.all(both);
      } finally {
        clearTimeout(back);
        for (const proxy of proxies.values()) proxy.silent = false;
      }
    };
    try {
      for (const { code, ms } of await cutOff()) assert.ok(code === 'done' && ms > 5000, `${code} ${ms}`);
      others = true;
      for (const { code, ms } of await cutOff())
        assert.ok(code === 'database-unavailable' && ms < 1900, `${code} ${ms}`);
    } finally {
      await alone.close();
    }
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ulid } from 'ulid';
import { PorticoError } from '../errors.ts';
import { answerOnce, claimOf, earlierAnswer } from './idempotency.ts';
import type { Router } from './router.ts';
import { allSynced, DATABASES, TestNodes } from './test-nodes.ts';
import type { Transaction } from './types.ts';

describe('a write with a key', () => {
  let nodes: TestNodes;
  /** Two portals that for a moment do not agree which node takes the writes. */
  let here: Router;
  let there: Router;
  const principal = `test ${ulid()}`;
  const claim = (key: string, ...parts: unknown[]) => claimOf({ principal, key }, 'POST /test', ...parts);

  before(async () => {
    nodes = await TestNodes.get();
    await nodes.run(
      'CREATE TABLE IF NOT EXISTS test_effects (id CHAR(26) NOT NULL PRIMARY KEY, k VARCHAR(64) NOT NULL)',
    );
    here = nodes.router();
    there = nodes.router({ nodes: [...DATABASES].reverse() });
    await Promise.all([allSynced(here), allSynced(there)]);
  });
  after(async () => {
    await here.write((tx) => tx.execute('DELETE FROM idempotency_keys WHERE principal = ?', [principal]));
    await Promise.all([here.close(), there.close()]);
    await nodes.run('DROP TABLE IF EXISTS test_effects');
  });

  const effect = (key: string) => async (tx: Transaction) => {
    const id = ulid();
    await tx.execute('INSERT INTO test_effects (id, k) VALUES (?, ?)', [id, key]);
    return { status: 201, body: { id } };
  };
  const effects = async (key: string) =>
    (await here.read((reader) => reader.query('SELECT id FROM test_effects WHERE k = ?', [key]))).length;
  const coded =
    (code: string, replayed = false) =>
    (error: unknown) =>
      error instanceof PorticoError && error.code === code && error.replayed === replayed;

  it('at two nodes at once happens once, and both hear the same', async () => {
    assert.notEqual(here.writer(), there.writer());
    for (let round = 0; round < 30; round += 1) {
      const key = `rivals ${round}`;
      const both = await Promise.all(
        [here, there, here, there].map((database) => answerOnce(database, claim(key), effect(key))),
      );
      assert.equal(new Set(both.map(({ answer }) => answer.body.id)).size, 1);
      assert.equal(both.filter(({ replayed }) => !replayed).length, 1);
      assert.equal(await effects(key), 1);
    }
  });

  it('is refused for another request, also while the first is under way', async () => {
    await answerOnce(here, claim('used', 1), effect('used'));
    await assert.rejects(answerOnce(there, claim('used', 2), effect('used')), coded('idempotency-mismatch'));
    await assert.rejects(
      there.read((reader) => earlierAnswer(reader, claim('used', 2)!)),
      coded('idempotency-mismatch'),
    );
    const both = await Promise.allSettled([
      answerOnce(here, claim('at once', 1), effect('at once')),
      answerOnce(there, claim('at once', 2), effect('at once')),
    ]);
    const refused = both.filter((one) => one.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.ok(coded('idempotency-mismatch')(refused[0]?.reason), String(refused[0]?.reason));
    assert.equal(await effects('at once'), 1);
  });

  it('keeps a refusal that was decided, and nothing of what was written before it', async () => {
    const refuse = async (tx: Transaction) => {
      await effect('refused')(tx);
      throw new PorticoError('conflict', 'It is there already.', { fields: { name: 'taken' } });
    };
    await assert.rejects(answerOnce(here, claim('refused'), refuse), coded('conflict'));
    // The world has changed meanwhile: what would be carried out now is answered as it was.
    await assert.rejects(answerOnce(there, claim('refused'), effect('refused')), (error: PorticoError) => {
      assert.deepEqual(
        [error.code, error.message, error.fields, error.replayed],
        ['conflict', 'It is there already.', { name: 'taken' }, true],
      );
      return true;
    });
    assert.equal(await effects('refused'), 0);
  });

  it('is free again after what was decided about its sender, or went wrong', async () => {
    for (const failure of [new PorticoError('throttled', 'Too many.'), new Error('a fault of ours')]) {
      const key = `failed ${failure.message}`;
      const fail = async (tx: Transaction) => {
        await effect(key)(tx);
        throw failure;
      };
      await assert.rejects(answerOnce(here, claim(key), fail), (error) => error === failure);
      assert.equal(await there.read((reader) => earlierAnswer(reader, claim(key)!)), undefined);
      assert.equal((await answerOnce(there, claim(key), effect(key))).replayed, false);
      assert.equal(await effects(key), 1);
    }
  });

  it('without one happens each time', async () => {
    for (const database of [here, there])
      assert.equal((await answerOnce(database, undefined, effect('none'))).replayed, false);
    assert.equal(await effects('none'), 2);
  });
});

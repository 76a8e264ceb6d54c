import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { allSynced, TestNodes, until } from '../database/test-nodes.ts';
import type { Database } from '../database/types.ts';
import { createLogger } from '../log.ts';
import { holdLease, type Lease, LeaseLost, type Term } from './lease.ts';
import { findLease, makeLease, renewLease, takeLease } from './repository.ts';

const NAME = 'lease-test';
const timing = { beatMs: 200, leaseMs: 30_000 };
const log = createLogger('test', 'host', 'silent');

describe('a lease', () => {
  let database: Database;
  const held: Lease[] = [];
  before(async () => {
    const router = (await TestNodes.get()).router();
    database = router;
    await allSynced(router);
  });
  const forget = () => database.write((tx) => tx.execute('DELETE FROM leases WHERE name = ?', [NAME]));
  beforeEach(async () => {
    await Promise.all(held.splice(0).map((one) => one.close()));
    await forget();
  });
  after(async () => {
    await Promise.all(held.splice(0).map((one) => one.close()));
    await forget();
    await database.close();
  });

  /** @returns its terms as they begin */
  function contend(me: string): { lease: Lease; terms: Term[] } {
    const terms: Term[] = [];
    const lease = holdLease({
      database,
      name: NAME,
      me,
      log,
      timing,
      onTerm: (term) => void terms.push(term),
    });
    held.push(lease);
    return { lease, terms };
  }
  const isPrimary = (lease: Lease) =>
    until('it is primary', 10_000, async () => lease.state().role === 'primary' || lease.state().reason);

  it('is held by one; the other takes it at once when it is given back, long before its time is over', async () => {
    const first = contend('first');
    await isPrimary(first.lease);
    const second = contend('second');
    await until(
      'the other watches',
      10_000,
      async () => second.lease.state().role === 'secondary' || 'not yet',
    );
    await first.lease.close();
    const took = await isPrimary(second.lease);
    assert.ok(took < timing.leaseMs);
    assert.equal(second.lease.state().reason, 'nobody holds it');
    assert.equal(second.terms[0]!.token, first.terms[0]!.token + 1);
    assert.ok(first.terms[0]!.signal.aborted);
  });

  it('refuses whoever held it before, in a transaction and out of one', async () => {
    const first = contend('first');
    await isPrimary(first.lease);
    const [term] = first.terms as [Term];
    await term.check();
    await database.write((tx) => term.guard(tx));
    await take('another');
    await assert.rejects(
      database.write((tx) => term.guard(tx)),
      LeaseLost,
    );
    await assert.rejects(term.check(), LeaseLost);
    assert.ok(term.signal.aborted);
  });

  it('is not taken while a guarded transaction is open: that one is over first, or fails', async () => {
    const first = contend('first');
    await isPrimary(first.lease);
    const [term] = first.terms as [Term];
    const order: string[] = [];
    let taking: Promise<void> | undefined;
    let open: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      open = resolve;
    });
    const guarded = database
      .write(async (tx) => {
        await term.guard(tx);
        taking ??= take('another').then(() => void order.push('taken'));
        open();
        // The take-over waits for this row; a few statements are as good as any while.
        for (let i = 0; i < 20; i += 1) await tx.query('SELECT SLEEP(0.01)');
      })
      .then(() => order.push('committed'));
    await begun;
    await Promise.all([guarded, taking]);
    assert.deepEqual(order, ['committed', 'taken']);
  });

  it('is free again in time when its holder freezes in the middle of a guarded transaction', async () => {
    const first = contend('first');
    await isPrimary(first.lease);
    const [term] = first.terms as [Term];
    let frozen: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      frozen = resolve;
    });
    const taken = begun.then(() => take('another'));
    const guarded = database.write(async (tx) => {
      await term.guard(tx);
      frozen();
      // Says nothing more on its connection, as a frozen process does.
      await taken;
      await tx.query('SELECT 1');
    });
    const refused = assert.rejects(guarded, LeaseLost);
    await taken;
    await refused;
  });

  it('is not taken from a holder that showed life after the contender’s last look', async () => {
    await database.write((tx) => makeLease(tx, NAME));
    await database.write((tx) => takeLease(tx, NAME, { token: 0, beat: 0 }, 'holder'));
    const look = (await database.read((reader) => findLease(reader, NAME)))!;
    assert.ok(await database.write((tx) => renewLease(tx, NAME, look.token)));
    assert.equal(await database.write((tx) => takeLease(tx, NAME, look, 'contender')), false);
    assert.equal((await database.read((reader) => findLease(reader, NAME)))?.owner, 'holder');
  });

  async function take(who: string): Promise<void> {
    for (let took = false; !took; ) {
      const seen = (await database.read((reader) => findLease(reader, NAME)))!;
      took = await database.write((tx) => takeLease(tx, NAME, seen, who));
    }
  }
});

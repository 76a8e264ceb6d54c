import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Fitness, judge, type Look, type Standing, unknownStanding } from './standing.ts';

const good: Fitness = { ready: true, clusterStatus: 'Primary', localState: 4, view: 7 };
const answer = (fitness: Partial<Fitness> = {}, causal = false): Look => ({
  kind: 'answer',
  fitness: { ...good, ...fitness },
  causal,
  latencyMs: 1,
});
const lost: Look = { kind: 'lost', reason: 'has not answered for 1500 ms' };
const synced: Standing = {
  ...unknownStanding,
  state: 'synced',
  reason: 'synced',
  view: 7,
  heldSince: undefined,
};
const alone = { now: 10_000, holdDownMs: 3000, peers: [] };
const amongPeers = { ...alone, peers: [synced, synced] };

describe('a node’s standing', () => {
  const table: {
    title: string;
    before: Standing;
    look: Look;
    around?: typeof amongPeers | typeof alone;
    state: Standing['state'];
    reason: RegExp;
  }[] = [
    { title: 'stays synced', before: synced, look: answer(), state: 'synced', reason: /^synced$/ },
    { title: 'is away without an answer', before: synced, look: lost, state: 'away', reason: /1500 ms/ },
    {
      title: 'is unfit without the majority',
      before: synced,
      look: answer({ clusterStatus: 'non-Primary', ready: false }),
      state: 'unfit',
      reason: /majority/,
    },
    {
      title: 'is unfit while it joins',
      before: synced,
      look: answer({ localState: 1, ready: false }),
      state: 'unfit',
      reason: /joining/,
    },
    {
      title: 'is unfit while it is not ready',
      before: synced,
      look: answer({ ready: false }),
      state: 'unfit',
      reason: /not ready/,
    },
    {
      title: 'stays synced as a donor',
      before: synced,
      look: answer({ localState: 2 }),
      state: 'synced',
      reason: /donor/,
    },
    {
      title: 'forgives one look that lags behind a change of membership',
      before: synced,
      look: answer({ view: 6 }),
      state: 'synced',
      reason: /synced/,
    },
    {
      title: 'is unfit at the second lagging look: it was evicted and does not know',
      before: { ...synced, laggingLooks: 1 },
      look: answer({ view: 6 }),
      state: 'unfit',
      reason: /membership 6 while the cluster is at 7/,
    },
    {
      title: 'is not taken back at all with an old membership',
      before: { ...unknownStanding, heldSince: 0 },
      look: answer({ view: 6 }, true),
      state: 'unfit',
      reason: /membership/,
    },
    {
      title: 'is held when it thaws, however synced it looks',
      before: { ...unknownStanding, heldSince: undefined },
      look: answer(),
      state: 'held',
      reason: /has yet to prove/,
    },
    {
      title: 'is held through the hold-down although it has caught up',
      before: { ...synced, state: 'held', heldSince: 8000 },
      look: answer({}, true),
      state: 'held',
      reason: /taken back after 3000 ms/,
    },
    {
      title: 'is held past the hold-down while it has not caught up',
      before: { ...synced, state: 'held', heldSince: 1000 },
      look: answer(),
      state: 'held',
      reason: /has yet to prove/,
    },
    {
      title: 'is taken back after the hold-down',
      before: { ...synced, state: 'held', heldSince: 7000 },
      look: answer({}, true),
      state: 'synced',
      reason: /synced/,
    },
    {
      title: 'is taken back at once when nobody else serves',
      before: { ...synced, state: 'held', heldSince: 9999 },
      look: answer({}, true),
      around: alone,
      state: 'synced',
      reason: /synced/,
    },
    {
      title: 'needs its causal proof also when nobody else serves',
      before: { ...synced, state: 'held', heldSince: 9999 },
      look: answer(),
      around: alone,
      state: 'held',
      reason: /has yet to prove/,
    },
    {
      title: 'needs no hold-down in a process that never saw it fail',
      before: unknownStanding,
      look: answer({}, true),
      state: 'synced',
      reason: /synced/,
    },
  ];
  for (const { title, before, look, around = amongPeers, state, reason } of table) {
    it(title, () => {
      const after = judge(before, look, around);
      assert.equal(after.state, state);
      assert.match(after.reason, reason);
    });
  }

  it('begins a new probation after each fault', () => {
    const held = judge({ ...unknownStanding, heldSince: undefined }, answer(), amongPeers);
    assert.equal(held.heldSince, 10_000);
    const again = judge(judge(held, lost, amongPeers), answer({}, true), { ...amongPeers, now: 20_000 });
    assert.deepEqual([again.state, again.heldSince], ['held', 20_000]);
  });

  it('does not hold a node against its first failed look: it may only have been slower to start', () => {
    const up = judge(judge(unknownStanding, lost, amongPeers), answer({}, true), amongPeers);
    assert.equal(up.state, 'synced');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Activation,
  type Held,
  LEASE_MS,
  type PortalSight,
  PREPARE_MS,
  planFlipped,
  planPreparing,
  SILENT_MS,
  whyNotServe,
} from './plan.ts';

const activation: Activation = { epoch: 7, n: 42, state: 'preparing' };
const current = { epoch: 6, n: 41 };
const portal = (node: string, more: Partial<PortalSight> = {}): PortalSight => ({
  node,
  silentMs: 100,
  preparedEpoch: 7,
  fault: '',
  confirmedEpoch: 6,
  ...more,
});
const loading = { preparedEpoch: 6 };
const broken = { fault: 'the blob abc is missing' };
const silent = { silentMs: SILENT_MS, preparedEpoch: 0 };

describe('before the flip', () => {
  const table: [what: string, portals: PortalSight[], sinceMs: number, act: string, reason: RegExp][] = [
    ['all are ready', [portal('p1'), portal('p2')], 10, 'flip', /^2 portals ready$/],
    [
      'one still loads',
      [portal('p1'), portal('p2', loading)],
      10,
      'wait',
      /^1 of 2 portals are ready; p2 is loading$/,
    ],
    ['one cannot', [portal('p1'), portal('p2', broken)], 10, 'flip', /left out: p2: the blob abc is missing/],
    ['nobody can', [portal('p1', broken)], 10, 'fail', /^p1: the blob abc is missing$/],
    ['one has gone', [portal('p1'), portal('p2', silent)], 10, 'flip', /^1 portal ready$/],
    ['all have gone', [portal('p1', silent)], 10, 'fail', /No portal is there/],
    [
      'one takes for ever',
      [portal('p1'), portal('p2', loading)],
      PREPARE_MS,
      'flip',
      /p2: not ready after 120 s/,
    ],
    ['all take for ever', [portal('p1', loading)], PREPARE_MS, 'fail', /p1: not ready/],
  ];
  for (const [what, portals, sinceMs, act, reason] of table)
    it(what, () => {
      const step = planPreparing(activation, current, portals, sinceMs);
      assert.equal(step.act, act);
      assert.match(step.reason, reason);
    });

  it('something newer came first', () => {
    assert.equal(planPreparing(activation, { epoch: 7, n: 1 }, [portal('p1')], 0).act, 'fail');
  });
});

describe('after the flip', () => {
  const served = { confirmedEpoch: 7 };
  const table: [what: string, portals: PortalSight[], sinceMs: number, act: string, reason: RegExp][] = [
    ['all have confirmed it', [portal('p1', served), portal('p2', served)], 0, 'finish', /every portal/],
    ['one is ahead already', [portal('p1', { confirmedEpoch: 9 })], 0, 'finish', /every portal/],
    ['one has not', [portal('p1', served), portal('p2')], 10, 'wait', /p2 has not confirmed/],
    [
      'a silent one is waited for as well: it may be frozen',
      [portal('p1', served), portal('p2', silent)],
      LEASE_MS,
      'wait',
      /p2/,
    ],
    [
      'its lease has ended',
      [portal('p1', served), portal('p2')],
      LEASE_MS + 500,
      'finish',
      /p2 did not confirm it/,
    ],
  ];
  it('who was silent for all that time is not waited for again; who only could not is', () => {
    const portals = [portal('p1', served), portal('p2', silent), portal('p3')];
    const step = planFlipped({ ...activation, state: 'flipped' }, portals, LEASE_MS + 500);
    assert.deepEqual(step.act === 'finish' && step.gone, ['p2']);
  });
  for (const [what, portals, sinceMs, act, reason] of table)
    it(what, () => {
      const step = planFlipped({ ...activation, state: 'flipped' }, portals, sinceMs);
      assert.equal(step.act, act);
      assert.match(step.reason, reason);
    });
});

describe('whether a portal may answer', () => {
  const now = 100_000;
  const well: Held = {
    serving: current,
    confirmedAt: now - 200,
    thawedAt: undefined,
    databaseAway: false,
    fault: '',
  };
  const table: [what: string, held: Partial<Held>, reason: RegExp | undefined][] = [
    ['it has just asked', {}, undefined],
    ['it has asked within the lease', { confirmedAt: now - LEASE_MS }, undefined],
    ['it has not', { confirmedAt: now - LEASE_MS - 1 }, /not confirmed for 8 s/],
    [
      'it has not, and knows the database to be away',
      { confirmedAt: now - 60_000, databaseAway: true },
      undefined,
    ],
    ['it started so', { confirmedAt: undefined, databaseAway: true }, undefined],
    ['it knows nothing', { serving: undefined }, /not known yet/],
    ['it cannot serve what is current', { fault: 'a blob is missing' }, /a blob is missing/],
    ['it stood still', { thawedAt: now - 100 }, /stood still/],
    ['it stood still, and the database is away', { thawedAt: now - 100, databaseAway: true }, /stood still/],
    ['it stood still, and has asked since', { thawedAt: now - 300 }, undefined],
  ];
  for (const [what, held, reason] of table)
    it(what, () => {
      const why = whyNotServe({ ...well, ...held }, now);
      if (reason === undefined) assert.equal(why, undefined);
      else assert.match(why ?? '', reason);
    });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './drill.ts';
import { FAULTS, faultOf, faultsNamed } from './faults.ts';
import { byKind, KINDS, type Sample, statistics } from './samples.ts';

const usual = KINDS.map(
  (kind): Sample => ({
    kind,
    start: 0,
    end: 20,
    outcome: 'ok',
    node: kind === 'media' ? 'portal-1' : 'portal-2',
    status: 200,
    why: undefined,
  }),
);
const even = statistics([
  ...usual,
  ...usual.map((one) => ({ ...one, kind: 'media' as const, node: 'portal-1' })),
]);
const kept = {
  promised: faultOf('portal-1', 'killed').promise(undefined),
  stallMs: byKind(() => 0),
  measures: [],
  writesAgainMs: undefined,
  before: even,
  during: even,
  after: { ...even, shares: { 'portal-1': 5, 'portal-2': 5 } },
  ledger: { acknowledged: 2, kept: 2, lost: [], twins: [] },
  portals: 2,
};

test('a drill in which nothing is amiss has no misses', () => {
  assert.deepEqual(judge(kept), []);
});

const broken = statistics([...usual, { ...usual[0]!, outcome: 'failed', why: '502 Bad Gateway' }]);
const amiss: [name: string, change: Partial<Parameters<typeof judge>[0]>, expected: RegExp][] = [
  ['a failed request is told with its reason', { during: broken }, /1 failed during.*502 Bad Gateway/],
  ['a failure after the return counts as well', { after: { ...kept.after, failed: 1 } }, /1 failed after/],
  [
    'a stall is told beside its promise',
    { stallMs: { ...kept.stallMs, media: 700 } },
    /media: stalled 700 ms, promised is 500/,
  ],
  ['shares must be even again', { after: { ...even, shares: { 'portal-2': 9 } } }, /only 1 of 2 portals/],
  ['a lost upload is told', { ledger: { ...kept.ledger, lost: ['a (1) through lb: 404'] } }, /lost: a \(1\)/],
  ['a twin is told', { ledger: { ...kept.ledger, twins: ['a'] } }, /1 uploads are there twice: a/],
  ['a measure of nothing is no proof', { before: statistics([]) }, /write: nothing was asked/],
];
for (const [name, change, expected] of amiss) {
  test(name, () => {
    assert.match(judge({ ...kept, ...change }).join('\n'), expected);
  });
}

test('the writer may stall writes longer than another node', () => {
  const fault = faultOf('db-2', 'killed');
  assert.equal(fault.promise('db-2').stallMs.write, 4_000);
  assert.equal(fault.promise('db-1').stallMs.write, 3_000);
  assert.equal(fault.promise('db-2').stallMs.page, 200);
});

test('when a portal is stopped in good order, not even a second try may be needed', () => {
  const during = { ...even, secondTries: 1 };
  const promised = faultOf('portal-1', 'stopped').promise(undefined);
  assert.match(judge({ ...kept, during, promised }).join('\n'), /1 cut off, unsettled or tried twice/);
  assert.deepEqual(judge({ ...kept, during }), [], 'a kill may');
});

test('who was told to come again has failed, unless the promise says that it may be so', () => {
  const during = statistics([...usual, { ...usual[3]!, outcome: 'refused', why: '503' }]);
  assert.match(judge({ ...kept, during }).join(), /1 failed during/);
  const promised = { ...kept.promised, mayRefuse: ['write'] as const };
  assert.deepEqual(judge({ ...kept, during, promised }), []);
  assert.match(
    judge({ ...kept, after: { ...during, shares: kept.after.shares }, promised }).join(),
    /1 failed after/,
  );
});

test('a takeover or a return that takes too long is told beside its promise', () => {
  const measures = [{ what: 'another agent is primary', ms: 21_000, promisedMs: 20_000 }];
  assert.match(judge({ ...kept, measures }).join(), /primary after 21000 ms, promised is 20000 ms/);
  const promised = { ...kept.promised, writesAgainMs: 15_000 };
  assert.match(judge({ ...kept, promised, writesAgainMs: 16_000 }).join(), /again after 16000 ms/);
  assert.match(
    judge({ ...kept, promised, writesAgainMs: Number.POSITIVE_INFINITY }).join(),
    /again after Infinity/,
  );
  assert.deepEqual(judge({ ...kept, promised, writesAgainMs: 6_000 }), []);
});

test('slack is for stalls alone', () => {
  const stallMs = { ...kept.stallMs, page: 900 };
  assert.deepEqual(judge({ ...kept, stallMs, slackMs: 500 }), []);
  assert.match(judge({ ...kept, stallMs, slackMs: 300 }).join(), /page: stalled 900 ms, promised is 500 ms/);
  assert.match(judge({ ...kept, during: broken, slackMs: 9_000 }).join(), /1 failed/);
});

test('faults are found by part, by action, by both, and all at once', () => {
  const names = (wanted: string) => faultsNamed(wanted).map((fault) => fault.name);
  assert.deepEqual(names('portal-1'), [
    'portal-1 stopped',
    'portal-1 killed',
    'portal-1 paused',
    'portal-1 cut off from the database',
    'portal-1 cut off from the load balancer',
    'portal-1 drained',
    'portal-1 finds its volume read-only',
  ]);
  assert.deepEqual(names('paused'), [
    'portal-1 paused',
    'db-1 paused',
    'db-2 paused',
    'db-3 paused',
    'the primary agent paused',
  ]);
  assert.deepEqual(names('db-3-killed'), ['db-3 killed']);
  assert.deepEqual(names('wiped'), ['db-2 wiped']);
  assert.deepEqual(
    faultsNamed('stopped', 'portal-4').map((fault) => fault.name),
    ['portal-4 stopped'],
  );
  assert.deepEqual(faultsNamed('killed', 'nonsense'), []);
  assert.equal(names('all').length, FAULTS.length);
  assert.deepEqual(names('lb-killed'), ['lb killed']);
  assert.deepEqual(names('nonsense'), []);
});

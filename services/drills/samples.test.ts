import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  endedBefore,
  type Sample,
  stalls,
  startedAfter,
  statistics,
  uneven,
  waitingBetween,
} from './samples.ts';

const sample = (start: number, end: number, more: Partial<Sample> = {}): Sample => ({
  kind: 'page',
  start,
  end,
  outcome: 'ok',
  node: 'portal-1',
  status: 200,
  why: undefined,
  ...more,
});

test('a request that was waiting when the fault struck belongs to the fault, not to what was usual', () => {
  const samples = [sample(0, 50), sample(90, 900), sample(950, 960), sample(1100, 1110)];
  assert.deepEqual(
    endedBefore(samples, 100).map((one) => one.start),
    [0],
  );
  assert.deepEqual(
    waitingBetween(samples, 100, 1000).map((one) => one.start),
    [90, 950],
  );
  assert.deepEqual(
    startedAfter(samples, 1000).map((one) => one.start),
    [1100],
  );
});

test('a stall is the worst wait beyond the worst before, and never less than nothing', () => {
  const before = statistics([sample(0, 100), sample(0, 40, { kind: 'write' })]);
  const during = statistics([sample(0, 350), sample(0, 10, { kind: 'write' })]);
  assert.deepEqual(stalls(before, during), { page: 250, media: 0, api: 0, write: 0, 'sign-in': 0, bare: 0 });
});

test('what failed is counted apart from what was cut off and what a second try got', () => {
  const stats = statistics([
    sample(0, 1),
    sample(0, 1, { outcome: 'failed', why: '502' }),
    sample(0, 1, { outcome: 'failed', why: '502' }),
    sample(0, 1, { outcome: 'cut-off', why: 'aborted' }),
    sample(0, 1, { kind: 'write', outcome: 'second-try', why: 'ECONNRESET' }),
  ]);
  assert.deepEqual([stats.count, stats.failed, stats.cutOff, stats.secondTries], [5, 2, 1, 1]);
  assert.equal(stats.reasons['page failed: 502'], 2);
});

test('shares leave pages out, because a cache answers some of them', () => {
  const stats = statistics([
    sample(0, 1),
    sample(0, 1, { kind: 'media', node: 'portal-2' }),
    sample(0, 1, { kind: 'api', node: undefined }),
  ]);
  assert.deepEqual(stats.shares, { 'portal-2': 1 });
});

for (const [name, shares, portals, expected] of [
  ['equal shares are even', { a: 100, b: 100 }, 2, undefined],
  ['a third more or less is even', { a: 120, b: 80 }, 2, undefined],
  ['a portal that nobody asked is missed', { a: 200 }, 2, /only 1 of 2 portals answered \(a 200\)/],
  ['a portal with a tenth is not even', { a: 180, b: 20 }, 2, /uneven: a 180, b 20/],
  ['one with twice its share is not even', { a: 200, b: 50, c: 50 }, 3, /uneven/],
  ['no answers are not even', {}, 2, /none/],
] as const) {
  test(name, () => {
    const sentence = uneven(shares, portals);
    if (expected === undefined) assert.equal(sentence, undefined);
    else assert.match(sentence ?? '', expected);
  });
}

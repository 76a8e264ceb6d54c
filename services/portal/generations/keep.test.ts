import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planForget, planSweep } from './keep.ts';

const now = new Date('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;
const made = (n: number, days: number, pinned = false) => ({
  n,
  createdAt: new Date(now.getTime() - days * DAY_MS),
  pinned,
});
/** 1 to `count`, all of them 100 days old. */
const old = (count: number) => Array.from({ length: count }, (_, i) => made(i + 1, 100));
const numbers = (all: readonly { n: number }[]) => all.map(({ n }) => n);

describe('which generations may go', () => {
  const table: [what: string, all: ReturnType<typeof made>[], needed: number[], gone: number[]][] = [
    ['none of none', [], [], []],
    ['none of the latest ten, however old', old(10), [], []],
    ['what is older than those', old(12), [], [2, 1]],
    ['in whatever order they come', old(12).reverse(), [], [2, 1]],
    ['not what is needed', old(12), [1], [2]],
    ['not what is needed, which takes nobody’s place', old(12), [12], [2, 1]],
    ['not what is pinned', [made(0.5, 100, true), ...old(12)], [], [2, 1]],
    ['not what is young', [...old(10).map(({ n }) => made(n + 2, 1)), made(1, 29), made(2, 30)], [], []],
    [
      'what has just become old',
      [...old(10).map(({ n }) => made(n + 2, 1)), made(1, 29), made(2, 31)],
      [],
      [2],
    ],
    ['not what bears a time to come', [...old(10).map(({ n }) => made(n + 1, 1)), made(1, -1)], [], []],
  ];
  for (const [what, all, needed, gone] of table)
    it(what, () => assert.deepEqual(numbers(planForget(all, new Set(needed), now)), gone));

  it('as the operator has it', () => {
    assert.deepEqual(numbers(planForget(old(4), new Set(), now, { count: 2, days: 0 })), [2, 1]);
    assert.deepEqual(numbers(planForget(old(4), new Set(), now, { count: 2, days: 101 })), []);
  });
});

describe('which manifests without a row may go', () => {
  const table: [
    what: string,
    ageDays: number,
    known: number[],
    needed: number[],
    days: number,
    gone: boolean,
  ][] = [
    ['an old one', 31, [], [], 30, true],
    ['not a young one: its row may be on its way', 30, [], [], 30, false],
    ['not one with a row', 31, [7], [], 30, false],
    ['not the one that the volume says is current', 31, [], [7], 30, false],
    ['not before a day has gone, whatever the operator says', 0.9, [], [], 0, false],
    ['after a day, when the operator says so', 1.1, [], [], 0, true],
  ];
  for (const [what, ageDays, known, needed, days, gone] of table)
    it(what, () => {
      const manifests = [{ n: 7, ageMs: ageDays * DAY_MS }];
      const swept = planSweep(manifests, new Set(known), new Set(needed), { count: 10, days });
      assert.deepEqual(swept, gone ? [7] : []);
    });
});

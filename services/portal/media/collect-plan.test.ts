import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Collected, planCollect } from './collect-plan.ts';

const cases: [title: string, seen: Collected, stops: RegExp | undefined][] = [
  ['nothing to move', { blobs: 1000, unnamed: 0, unexplained: 0 }, undefined],
  ['a whole library that was deleted', { blobs: 1000, unnamed: 1000, unexplained: 0 }, undefined],
  ['a few leftovers in a small library', { blobs: 20, unnamed: 20, unexplained: 20 }, undefined],
  ['a small library whose records are gone', { blobs: 60, unnamed: 60, unexplained: 60 }, /60 of 60 blobs/],
  ['a tenth of many', { blobs: 1000, unnamed: 100, unexplained: 100 }, undefined],
  ['more than that', { blobs: 1000, unnamed: 101, unexplained: 101 }, /101 of 1000 blobs/],
];

for (const [title, seen, stops] of cases) {
  test(`the collector’s brake: ${title}`, () => {
    const reason = planCollect(seen);
    if (stops) assert.match(reason ?? 'went on', stops);
    else assert.equal(reason, undefined);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queries } from './queries.ts';

test('as many different queries as are wanted, the same in every run', () => {
  for (const [count, apis] of [
    [2_000, 500],
    [600, 6],
  ] as const) {
    const all = queries(count, apis);
    assert.equal(new Set(all).size, count);
    assert.deepEqual(all.slice(0, 100), queries(100, apis));
  }
});

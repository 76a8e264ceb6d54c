import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queries } from './queries.ts';

test('as many different queries as are wanted, the same in every run', () => {
  const all = queries(1_000);
  assert.equal(new Set(all).size, 1_000);
  assert.deepEqual(all.slice(0, 100), queries(100));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createByNumber } from './by-number.ts';
import type { Generation } from './generation.ts';
import { manifestOf } from './test-generation.ts';

const generation = (n: number) => ({ n }) as Generation;

function rig() {
  const loads: { n: number; end: (loaded: Generation) => void }[] = [];
  const loaded = new Set<number>();
  const byNumber = createByNumber({
    serving: () => generation(9),
    shelves: { read: async (n) => manifestOf(n), recent: async () => new Set([9, 8, 7, 6, 5]) },
    kept: { load: async ({ n }) => generation(n), has: (n) => n === 5 },
    earlier: {
      load: ({ n }) => {
        if (loaded.has(n)) return Promise.resolve(generation(n));
        return new Promise((end) => loads.push({ n, end }));
      },
      has: (n) => loaded.has(n),
    },
  });
  return { byNumber, loads, loaded };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('what is current is there at once, and what was so lately is loaded', async () => {
  const { byNumber, loads } = rig();
  assert.equal((await byNumber(9)).n, 9);
  const earlier = byNumber(7);
  await settled();
  loads[0]!.end(generation(7));
  assert.equal((await earlier).n, 7);
  assert.equal((await byNumber(5)).n, 5, 'the keeper has it');
});

test('what was never current is nobody’s yet', async () => {
  await assert.rejects(rig().byNumber(10), { code: 'not-found' });
});

test('visitors who ask for many have them loaded one at a time, and the last are told to come again', async () => {
  const { byNumber, loads, loaded } = rig();
  const asked = [8, 7, 6, 8, 7, 6, 8, 7].map((n) => byNumber(n));
  await settled();
  assert.deepEqual(
    loads.map(({ n }) => n),
    [8],
  );
  await assert.rejects(byNumber(6), { code: 'busy' });
  assert.equal((await byNumber(5)).n, 5, 'what is loaded waits for nobody');
  for (let i = 0; i < asked.length; i++) {
    await settled();
    for (const { n, end } of loads.splice(0)) {
      loaded.add(n);
      end(generation(n));
    }
    await settled();
  }
  assert.deepEqual(
    (await Promise.all(asked)).map(({ n }) => n),
    [8, 7, 6, 8, 7, 6, 8, 7],
  );
});

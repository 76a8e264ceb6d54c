import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planBlackout, seeded } from './random-blackout.ts';

const PARTS = ['agent-1', 'agent-2', 'db-1', 'db-2', 'db-3', 'lb', 'portal-1', 'portal-2'];

test('the same seed plans the same blackouts, another seed others', () => {
  const plans = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 5 }, () => planBlackout(PARTS, random));
  };
  assert.deepEqual(plans(7), plans(7));
  assert.notDeepEqual(plans(7), plans(8));
});

test('at least two parts go, within a second, and each of them is started again, once', () => {
  const random = seeded(1);
  const sizes = new Set<number>();
  for (let i = 0; i < 500; i++) {
    const { strikes, starts } = planBlackout(PARTS, random);
    const struck = strikes.map(({ part }) => part);
    sizes.add(struck.length);
    assert.ok(struck.length >= 2);
    assert.equal(new Set(struck).size, struck.length);
    assert.deepEqual(starts.map(({ part }) => part).sort(), [...struck].sort());
    assert.ok(strikes.every(({ at }) => at >= 0 && at < 1_000));
  }
  assert.equal(Math.max(...sizes), PARTS.length, 'now and then everything goes');
});

test('chance is spread evenly enough to choose with', () => {
  const random = seeded(42);
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) tenths[Math.floor(random() * 10)]! += 1;
  for (const count of tenths) assert.ok(count > 850 && count < 1_150, `${tenths}`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTiming, type LeaseRow, planLease, watch } from './plan.ts';

const { beatMs, leaseMs } = defaultTiming;
const row: LeaseRow = { owner: 'agent-1', token: 7, beat: 40 };
const still = (stillMs: number) => ({ life: 'agent-1 7 40', stillMs, at: 0 });

const table: [title: string, row: LeaseRow, stillMs: number, action: 'take' | 'wait', reason: string][] = [
  ['the other lives', row, 0, 'wait', 'agent-1 holds it'],
  ['the other is late', row, leaseMs - 1, 'wait', 'agent-1 holds it'],
  ['the other is silent', row, leaseMs, 'take', 'agent-1 has shown no life for 10 s'],
  ['it was given back', { ...row, owner: undefined }, 0, 'take', 'nobody holds it'],
  ['own, from before it could not renew it', { ...row, owner: 'me' }, 0, 'take', 'nobody has taken it since'],
];
for (const [title, seen, stillMs, action, reason] of table) {
  test(`${title}: ${action}`, () => {
    assert.deepEqual(planLease(seen, still(stillMs), 'me', defaultTiming), { action, reason });
  });
}

test('stillness adds up over looks, and a sign of life ends it', () => {
  let seen = watch(undefined, row, 0, defaultTiming);
  for (let look = 1; look <= 5; look += 1) seen = watch(seen, row, look * beatMs, defaultTiming);
  assert.equal(seen.stillMs, 5 * beatMs);
  assert.equal(watch(seen, { ...row, beat: 41 }, 6 * beatMs, defaultTiming).stillMs, 0);
  assert.equal(watch(seen, { ...row, token: 8 }, 6 * beatMs, defaultTiming).stillMs, 0);
});

test('one look after a long pause proves little: a frozen contender does not depose a holder that lives', () => {
  const seen = watch(watch(undefined, row, 0, defaultTiming), row, 3_600_000, defaultTiming);
  assert.equal(seen.stillMs, 2 * beatMs);
  assert.equal(planLease(row, seen, 'me', defaultTiming).action, 'wait');
});

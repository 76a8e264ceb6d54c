import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../http/context.ts';
import { createClaims } from './claims.ts';

const MINUTE = 60_000;
const now = 1_800_000_000_000;
const ada: Principal = { id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', name: 'ada', role: 'publisher', kind: 'user' };
const claims = createClaims('secret');
const good = claims.issue('session-1', ada, now);
const forged = (() => {
  const [text = '', signature] = good.split('.');
  const said = JSON.parse(Buffer.from(text, 'base64url').toString()) as object;
  return `${Buffer.from(JSON.stringify({ ...said, role: 'admin' })).toString('base64url')}.${signature}`;
})();

const table: [title: string, cookie: string | undefined, session: string, at: number, known: boolean][] = [
  ['as it was issued', good, 'session-1', now, true],
  ['for an hour', good, 'session-1', now + 59 * MINUTE, true],
  ['not for longer', good, 'session-1', now + 61 * MINUTE, false],
  ['not from the future', good, 'session-1', now - 61 * MINUTE, false],
  ['not for another session', good, 'session-2', now, false],
  ['not with a better role', forged, 'session-1', now, false],
  ['not of another cluster', createClaims('other').issue('session-1', ada, now), 'session-1', now, false],
  ['not cut short', good.slice(0, -2), 'session-1', now, false],
  ['not without its signature', good.split('.')[0], 'session-1', now, false],
  ['not with something behind it', `${good}.x`, 'session-1', now, false],
  ['not when it is empty', '', 'session-1', now, false],
  ['not when it is no claim', '%%%.%%%', 'session-1', now, false],
  ['not when there is none', undefined, 'session-1', now, false],
];
for (const [title, cookie, session, at, known] of table) {
  test(`a claim is believed ${title}`, () => {
    assert.deepEqual(claims.read(cookie, session, at), known ? { ...ada, claimed: true } : undefined);
  });
}

test('it is renewed when it is some minutes old, or says something else than the database', () => {
  assert.equal(claims.isFresh(good, 'session-1', ada, now + MINUTE), true);
  assert.equal(claims.isFresh(good, 'session-1', ada, now + 6 * MINUTE), false);
  assert.equal(claims.isFresh(good, 'session-1', { ...ada, role: 'reader' }, now), false);
  assert.equal(claims.isFresh(undefined, 'session-1', ada, now), false);
});

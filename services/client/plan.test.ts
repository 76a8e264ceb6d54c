import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  chooseAddress,
  keyFor,
  type Next,
  type Outcome,
  planNext,
  retryAfterMs,
  type Situation,
} from './plan.ts';

const lost: Outcome = { kind: 'lost', why: 'reset' };
const unsent: Outcome = { kind: 'unsent', why: 'refused' };
const untrusted: Outcome = { kind: 'untrusted', why: 'self-signed' };
const answer = (status: number, retryAfterMs?: number): Outcome => ({ kind: 'answer', status, retryAfterMs });

describe('after a try', () => {
  const usual = { repeatable: true, tries: 1, untried: 1, leftMs: 10_000, chance: 1 };
  const table: [string, Partial<Situation> & { outcome: Outcome }, Next][] = [
    ['an answer', { outcome: answer(200) }, { again: false, why: 'answered' }],
    ['a refusal is an answer', { outcome: answer(404) }, { again: false, why: 'answered' }],
    ['a fault of the request is its answer', { outcome: answer(500) }, { again: false, why: 'answered' }],
    [
      'an answer when the deadline has passed',
      { outcome: answer(201), leftMs: -1 },
      { again: false, why: 'answered' },
    ],
    ...[502, 503, 504].map((status): [string, { outcome: Outcome }, Next] => [
      `${status} at the first of two`,
      { outcome: answer(status, 5_000) },
      { again: true, afterMs: 0, why: `answered ${status}; another address is asked` },
    ]),
    [
      'all have said 503: as they wish',
      { outcome: answer(503, 5_000), untried: 0 },
      { again: true, afterMs: 5_000, why: 'answered 503; again in 5000 ms' },
    ],
    [
      'all have said 503, and nothing of when',
      { outcome: answer(503), untried: 0 },
      { again: true, afterMs: 100, why: 'answered 503; again in 100 ms' },
    ],
    [
      'at once, they say, again and again',
      { outcome: answer(503, 0), untried: 0, tries: 3 },
      { again: true, afterMs: 400, why: 'answered 503; again in 400 ms' },
    ],
    [
      'they wish for more than is left',
      { outcome: answer(503, 11_000), untried: 0 },
      { again: false, why: 'answered 503; the deadline comes before the next try' },
    ],
    [
      '429 is the same everywhere',
      { outcome: answer(429, 2_000) },
      { again: true, afterMs: 2_000, why: 'answered 429; again in 2000 ms' },
    ],
    [
      '503 to what must not be done twice',
      { outcome: answer(503), repeatable: false },
      { again: false, why: 'answered 503; it may have been carried out' },
    ],
    ['lost', { outcome: lost }, { again: true, afterMs: 0, why: 'reset; another address is asked' }],
    [
      'lost, and must not be done twice',
      { outcome: lost, repeatable: false },
      { again: false, why: 'reset; it may have been carried out' },
    ],
    [
      'never sent, so it cannot be done twice',
      { outcome: unsent, repeatable: false },
      { again: true, afterMs: 0, why: 'refused; another address is asked' },
    ],
    [
      'nobody can be reached: it waits longer and longer',
      { outcome: unsent, untried: 0, tries: 4 },
      { again: true, afterMs: 800, why: 'refused; again in 800 ms' },
    ],
    [
      'but not without end',
      { outcome: unsent, untried: 0, tries: 40, chance: 0 },
      { again: true, afterMs: 1_000, why: 'refused; again in 1000 ms' },
    ],
    [
      'somebody else’s certificate at one of two',
      { outcome: untrusted },
      { again: true, afterMs: 0, why: 'self-signed; another address is asked' },
    ],
    [
      'somebody else’s certificate will not be ours in a second',
      { outcome: untrusted, untried: 0 },
      { again: false, why: 'self-signed' },
    ],
    ['too late', { outcome: lost, leftMs: 0 }, { again: false, why: 'reset; the deadline has passed' }],
  ];
  for (const [title, situation, next] of table) {
    it(`${title}: ${next.again ? 'again' : 'that was it'}`, () => {
      assert.deepEqual(planNext({ ...usual, ...situation }), next);
    });
  }
});

describe('which address', () => {
  const well = (url: string) => ({ url, badUntil: 0 });
  const [a, b] = [well('a'), well('b')];
  const bad = { url: 'bad', badUntil: 3_000 };
  const table: [
    string,
    { url: string; badUntil: number }[],
    { url: string; badUntil: number }[],
    number,
    string,
  ][] = [
    ['in turn', [a, b], [], 0, 'a'],
    ['in turn, the next', [a, b], [], 1, 'b'],
    ['not one that was just asked', [a, b], [a], 0, 'b'],
    ['not a bad one', [bad, b], [], 0, 'b'],
    ['a bad one when every other was asked', [bad, b], [b], 0, 'bad'],
    ['of bad ones the one that was bad for longest', [{ url: 'worse', badUntil: 4_000 }, bad], [], 0, 'bad'],
    ['one whose time is over', [{ url: 'over', badUntil: 1_000 }, bad], [], 5, 'over'],
  ];
  for (const [title, addresses, tried, turn, url] of table) {
    it(title, () => assert.equal(chooseAddress(addresses, new Set(tried), turn, 1_000)?.url, url));
  }
});

describe('the key', () => {
  const table: [string, string | false | undefined, { key: string | undefined; repeatable: boolean }][] = [
    ['GET', undefined, { key: undefined, repeatable: true }],
    ['POST', undefined, { key: 'made', repeatable: true }],
    ['POST', 'mine', { key: 'mine', repeatable: true }],
    ['POST', false, { key: undefined, repeatable: false }],
    ['PATCH', undefined, { key: 'made', repeatable: true }],
    ['DELETE', undefined, { key: 'made', repeatable: true }],
    ['DELETE', false, { key: undefined, repeatable: true }],
  ];
  for (const [method, key, expected] of table) {
    it(`${method} with ${key ?? 'nothing said'}: ${expected.repeatable ? 'repeatable' : 'once'}`, () => {
      assert.deepEqual(
        keyFor(method, key, () => 'made'),
        expected,
      );
    });
  }
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const table: [string | undefined, number | undefined][] = [
    ['5', 5_000],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7_000],
    ['Thu, 01 Jan 2015 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ];
  for (const [header, ms] of table)
    it(`${header}: ${ms} ms`, () => assert.equal(retryAfterMs(header, now), ms));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, judge, MAX_ATTEMPTS, refuse } from './upload-policy.js';
import { duration, humanLimit, humanSize, timeLeft } from './words.js';

const LIMIT = { maxBytes: 2 ** 31, maxText: '2 GiB' };

const ANSWERS: {
  title: string;
  status: number;
  attempt?: number;
  retryAfter?: number;
  detail?: string;
  is: object;
}[] = [
  { title: 'an upload that was taken', status: 201, is: { action: 'done', message: 'Uploaded' } },
  {
    title: 'a connection that was lost, the first time',
    status: 0,
    is: { action: 'retry', seconds: 0.5, message: 'The connection was lost.' },
  },
  {
    title: 'a portal that says when it will be back',
    status: 503,
    retryAfter: 5,
    is: { action: 'retry', seconds: 5, message: 'The portal is changing over.' },
  },
  {
    title: 'a connection that was lost too often',
    status: 0,
    attempt: MAX_ATTEMPTS,
    is: { action: 'fail', message: `The connection was lost. Tried ${MAX_ATTEMPTS} times.`, again: true },
  },
  {
    title: 'a file over the limit, which no retry makes smaller',
    status: 413,
    is: { action: 'fail', message: 'Too large: the limit is 2 GiB.', again: false },
  },
  {
    title: 'a full volume, which an administrator may mend',
    status: 507,
    is: {
      action: 'fail',
      message: 'The library has no room left. An administrator has to make some; nothing was stored.',
      again: true,
    },
  },
  {
    title: 'a session that has ended',
    status: 401,
    is: {
      action: 'fail',
      message: 'You are signed out. Sign in again in another tab, then try again.',
      again: true,
    },
  },
  {
    title: 'an answer that is not foreseen, with a sentence of its own',
    status: 422,
    detail: 'The Idempotency-Key was used for another request.',
    is: { action: 'fail', message: 'The Idempotency-Key was used for another request.', again: true },
  },
  {
    title: 'an answer that is not foreseen, without a word',
    status: 418,
    is: { action: 'fail', message: 'The portal answered 418.', again: true },
  },
];

for (const { title, is, attempt = 1, ...answer } of ANSWERS) {
  test(`the uploader and ${title}`, () => {
    assert.deepEqual(judge({ ...answer, attempt, maxText: LIMIT.maxText }), is);
  });
}

test('waiting doubles up to eight seconds, and never ends before the portal said', () => {
  const waits = [1, 2, 3, 4, 5, 6].map((attempt) => backoff(attempt));
  assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 8]);
  assert.equal(backoff(1, 30), 30);
});

test('a file that cannot be taken is refused before a byte is sent', () => {
  assert.equal(refuse({ size: 0 }, LIMIT), 'This file is empty.');
  assert.equal(refuse({ size: 2 ** 31 }, LIMIT), undefined);
  assert.equal(refuse({ size: 3e9 }, LIMIT), 'Too large: it is 3.0 GB, and the limit is 2 GiB.');
});

test('sizes and times in words', () => {
  const sizes = [0, 999, 1000, 9949, 9950, 999_499, 999_500, 300_000_000, 81e9, 5e15].map(humanSize);
  assert.deepEqual(sizes, [
    '0 B',
    '999 B',
    '1.0 kB',
    '9.9 kB',
    '10 kB',
    '999 kB',
    '1.0 MB',
    '300 MB',
    '81 GB',
    '5000 TB',
  ]);
  assert.deepEqual([2 ** 31, 512 * 2 ** 20, 1500, 1_000_000].map(humanLimit), [
    '2 GiB',
    '512 MiB',
    '1.5 kB',
    '1.0 MB',
  ]);
  assert.deepEqual([0.2, 59, 61, 4000, Number.NaN].map(timeLeft), [
    '1 s left',
    '59 s left',
    '2 min left',
    '2 h left',
    '',
  ]);
  assert.deepEqual([59.9, 3599, 7200, 200_000].map(duration), ['59 s', '59 min', '2 h', '2 days']);
});

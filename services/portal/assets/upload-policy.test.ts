import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  backoff,
  fingerprint,
  judge,
  MAX_UNFORESEEN,
  overall,
  overallWords,
  refuse,
  type Shown,
  sentence,
} from './upload-policy.js';
import { duration, humanLimit, humanSize, timeLeft } from './words.js';

const LIMIT = { maxBytes: 2 ** 31, maxText: '2 GiB' };

const ANSWERS: {
  title: string;
  status: number;
  code?: string;
  attempt?: number;
  begun?: boolean;
  online?: boolean;
  retryAfter?: number;
  detail?: string;
  is: object;
}[] = [
  {
    title: 'a connection that was lost, the first time',
    status: 0,
    is: { action: 'retry', seconds: 0.5, message: 'The connection was lost' },
  },
  {
    title: 'a connection that was lost for the hundredth time, which may still come back',
    status: 0,
    attempt: 100,
    is: { action: 'retry', seconds: 15, message: 'The connection was lost' },
  },
  {
    title: 'a machine without a network',
    status: 0,
    online: false,
    is: { action: 'wait', message: 'Waiting for the network' },
  },
  {
    title: 'a portal that says when it will be back',
    status: 503,
    retryAfter: 5,
    is: { action: 'retry', seconds: 5, message: 'The portal is changing over' },
  },
  {
    title: 'an upload that another request has right now',
    status: 423,
    retryAfter: 1,
    is: { action: 'retry', seconds: 1, message: 'Asking how far it is' },
  },
  {
    title: 'an offset that is not where the upload stands',
    status: 409,
    is: { action: 'retry', seconds: 0.5, message: 'Asking how far it is' },
  },
  {
    title: 'a session that has ended',
    status: 401,
    is: { action: 'sign-in', message: 'You are signed out' },
  },
  {
    title: 'a token of a session that is over',
    status: 403,
    code: 'csrf',
    is: { action: 'sign-in', message: 'Your session has changed' },
  },
  {
    title: 'a person who may not upload',
    status: 403,
    code: 'forbidden',
    detail: 'This needs the role publisher; eve is reader.',
    is: { action: 'fail', message: 'This needs the role publisher; eve is reader.', again: true },
  },
  {
    title: 'an upload that has expired',
    status: 410,
    is: { action: 'restart', message: 'What was sent is no longer there: starting again' },
  },
  {
    title: 'an address that is not there before anything was begun',
    status: 404,
    begun: false,
    is: { action: 'fail', message: 'The portal answered 404.', again: true },
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
      message: 'The library has no room left. An administrator has to make some; what is there is kept.',
      again: true,
    },
  },
  {
    title: 'a fault that nobody foresaw',
    status: 500,
    detail: 'Something went wrong.',
    is: { action: 'retry', seconds: 0.5, message: 'Something went wrong' },
  },
  {
    title: 'a fault that nobody foresaw, too often',
    status: 500,
    attempt: MAX_UNFORESEEN,
    is: { action: 'fail', message: 'The portal answered 500.', again: true },
  },
  {
    title: 'an answer that is not foreseen, with a sentence of its own',
    status: 422,
    detail: 'The Idempotency-Key was used for another request.',
    is: { action: 'fail', message: 'The Idempotency-Key was used for another request.', again: true },
  },
];

for (const { title, is, attempt = 1, begun = true, online = true, ...answer } of ANSWERS) {
  test(`the uploader and ${title}`, () => {
    assert.deepEqual(judge({ ...answer, attempt, begun, online, maxText: LIMIT.maxText }), is);
  });
}

const shown = (changes: Partial<Shown>): Shown => ({
  file: { size: 100e6 },
  state: 'sending',
  sent: 0,
  speed: 0,
  message: '',
  note: '',
  node: '',
  retryAt: 0,
  ...changes,
});

test('many uploads are summed up in one line, without what was cancelled or never sent', () => {
  const sum = overall([
    shown({ state: 'done', sent: 0 }),
    shown({ sent: 50e6, speed: 1e6 }),
    shown({ state: 'paused', sent: 10e6, speed: 9e6 }),
    shown({ state: 'failed', file: { size: 9e12 }, refused: true }),
    shown({ state: 'cancelled', sent: 1e6 }),
  ]);
  const { total, active, failed, done, bytes, sent, speed } = sum;
  assert.deepEqual(
    { total, active, failed, done, bytes, sent, speed },
    { total: 4, active: 2, failed: 1, done: 1, bytes: 300e6, sent: 160e6, speed: 1e6 },
  );
  assert.equal(overallWords(sum), '160 MB of 300 MB · about 3 min left · 1 failed');
  assert.equal(overallWords({ ...sum, active: 0, failed: 0 }), '160 MB of 300 MB');
});

const SENTENCES: [Partial<Shown>, string][] = [
  [{ sent: 25e6, speed: 5e6 }, '25 MB of 100 MB · 5.0 MB/s · 15 s left'],
  [{ state: 'saving', sent: 100e6 }, 'Saving on disk'],
  [
    { state: 'pausing', sent: 25e6, retryAt: 3500, message: 'The portal is changing over' },
    'The portal is changing over, trying again in 2 s · 25 MB of 100 MB',
  ],
  [
    { state: 'pausing', retryAt: 1500, message: 'The connection was lost' },
    'The connection was lost, trying again now · 0 B of 100 MB',
  ],
  [
    { state: 'held', sent: 25e6, message: 'Waiting for the network' },
    'Waiting for the network · 25 MB of 100 MB',
  ],
  [{ state: 'waiting', note: 'starting again' }, '100 MB · starting again'],
  [{ state: 'waiting' }, '100 MB · waiting for its turn'],
  [{ state: 'done', node: 'portal-2' }, '100 MB · uploaded through portal-2'],
  [{ state: 'failed', message: 'Too large.' }, 'Too large.'],
];

test('a row says what its upload is doing', () => {
  for (const [changes, words] of SENTENCES) assert.equal(sentence(shown(changes), 1500), words);
});

test('a file is the one from before only for the same person, readers, name, size and time', () => {
  const file = { name: 'a.bin', size: 3, lastModified: 7 };
  const about = { user: 'ada', visibility: 'public' };
  const same = fingerprint(file, about);
  assert.equal(fingerprint({ ...file }, { ...about }), same);
  for (const other of [
    fingerprint({ ...file, size: 4 }, about),
    fingerprint({ ...file, lastModified: 8 }, about),
    fingerprint({ ...file, name: 'b.bin' }, about),
    fingerprint(file, { ...about, user: 'bob' }),
    fingerprint(file, { ...about, visibility: 'internal' }),
  ])
    assert.notEqual(other, same);
});

test('waiting doubles up to fifteen seconds, and never ends before the portal said', () => {
  const waits = [1, 2, 3, 4, 5, 6].map((attempt) => backoff(attempt));
  assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 15]);
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

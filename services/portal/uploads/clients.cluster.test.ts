/** tus-js-client as it is, clients that vanish, and two of them on one upload. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { cleanUp } from '../../drills/ledger.ts';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { tusUpload } from '../../drills/tus-client.ts';
import { endless, idOf, isProblem, RAW_NAME, type Speaker, sha256Of, speaker } from './test-tus.ts';

const MIB = 1024 * 1024;

let client: TestCluster;
let token: string;
let tus: Speaker;
before(async () => {
  client = await testCluster();
  token = await client.token();
  tus = speaker(client, token);
});
after(() => cleanUp(client, 'tus-'));

const ways: [how: string, file: (bytes: Buffer) => Buffer | Readable, options: object, posts: number][] = [
  ['in one request after its creation', (bytes) => bytes, {}, 1],
  [
    'with its first bytes in the creation',
    (bytes) => bytes,
    { uploadDataDuringCreation: true, chunkSize: MIB },
    1,
  ],
  ['in chunks', (bytes) => bytes, { chunkSize: MIB }, 1],
  [
    'from a stream whose length is said at its end',
    (bytes) => Readable.from([bytes.subarray(0, 700_000), bytes.subarray(700_000)], { objectMode: false }),
    { uploadLengthDeferred: true, chunkSize: MIB },
    1,
  ],
];

for (const [how, source, options, posts] of ways) {
  test(`tus-js-client uploads a file ${how}, and the receipt bears its hash`, async () => {
    const bytes = randomBytes(2.5 * MIB);
    const filename = `tus-${randomUUID()}.bin`;
    const { upload, done } = tusUpload(client, source(bytes), { token, metadata: { filename }, ...options });
    upload.start();
    const { id, media, sha256, requests } = await done;
    assert.equal(requests.POST, posts);
    assert.equal(media, `/api/v1/media/${id}`);
    assert.equal(sha256, sha256Of(bytes));
    await tus.isKept(id, filename, bytes);
  });
}

test('tus-js-client goes on where it was interrupted, at the byte that was acknowledged', async () => {
  const bytes = randomBytes(6 * MIB);
  const filename = `tus-${randomUUID()}.bin`;
  const first = await new Promise<string>((resolve, reject) => {
    const { upload, done } = tusUpload(client, bytes, {
      token,
      metadata: { filename },
      chunkSize: MIB,
      onChunkComplete: (_size, accepted) => {
        if (accepted >= 2 * MIB) upload.abort().then(() => resolve(String(upload.url)), reject);
      },
    });
    done.catch(reject);
    upload.start();
  });
  const starts: number[] = [];
  const { upload, done } = tusUpload(client, bytes, {
    token,
    uploadUrl: first,
    onProgress: (sent) => starts.push(sent),
  });
  upload.start();
  const { id, sha256, requests } = await done;
  assert.deepEqual({ ...requests, PATCH: 1 }, { HEAD: 1, PATCH: 1 });
  assert.ok(Number(starts[0]) >= 2 * MIB, `it began again at ${starts[0]}`);
  assert.equal(sha256, sha256Of(bytes));
  await tus.isKept(id, filename, bytes);
});

test('tus-js-client ends an upload, and it is not found any more', async () => {
  const ended = await new Promise<string>((resolve, reject) => {
    const { upload, done } = tusUpload(client, randomBytes(4 * MIB), {
      token,
      metadata: { filename: 'tus-ended.bin' },
      chunkSize: MIB,
      onChunkComplete: () => void upload.abort(true).then(() => resolve(String(upload.url)), reject),
    });
    done.catch(reject);
    upload.start();
  });
  for (const method of ['HEAD', 'GET', 'DELETE'])
    assert.equal((await tus.speak(method, new URL(ended).pathname)).status, 404, method);
});

test('what a client that vanished had sent is kept, and another request goes on from there', async () => {
  const bytes = randomBytes(4 * MIB);
  const { at } = await tus.create(bytes.length);
  const hungUp = new AbortController();
  const whole = { 'content-length': String(bytes.length) };
  const vanished = tus.patch(at, 0, endless(bytes.subarray(0, 3 * MIB)), whole, hungUp.signal).then(
    ({ status }) => status,
    () => 'given up',
  );
  await tus.reaches(at, MIB);
  hungUp.abort();
  assert.equal(await vanished, 'given up');
  const offset = Number((await tus.speak('HEAD', at)).headers['upload-offset']);
  assert.ok(offset >= MIB && offset <= 3 * MIB, `${offset} bytes are kept`);
  const last = await tus.patch(at, offset, bytes.subarray(offset));
  assert.equal(last.headers['portico-sha256'], sha256Of(bytes));
});

test('two clients cannot write one upload: who asks last goes on, and who wrote before is told how far it came', async () => {
  const bytes = randomBytes(4 * MIB);
  const { at } = await tus.create(bytes.length);
  const whole = { 'content-length': String(bytes.length) };
  const first = tus.patch(at, 0, endless(bytes.subarray(0, 3 * MIB)), whole);
  await tus.reaches(at, MIB);
  const seen = await tus.speak('HEAD', at);
  const offset = Number(seen.headers['upload-offset']);
  assert.equal(seen.status, 200);
  assert.ok(offset >= MIB && offset <= 3 * MIB, `${offset} bytes are kept`);
  const answer = await first;
  // It ended in between, or it lost the upload; never does it claim more than was kept.
  if (answer.status === 204) assert.equal(answer.headers['upload-offset'], String(offset));
  else isProblem(answer, 423);
  const last = await tus.patch(at, offset, bytes.subarray(offset));
  assert.equal(last.headers['portico-sha256'], sha256Of(bytes));
  isProblem(await tus.patch(at, offset, randomBytes(10)), 409);
  await tus.isKept(idOf(at), RAW_NAME, bytes);
});

test('two tus clients that upload the same file to the same address at once make one file of it', async () => {
  const bytes = randomBytes(3 * MIB);
  const { at } = await tus.create(bytes.length);
  const both = [1, 2].map(() => {
    const { upload, done } = tusUpload(client, bytes, {
      token,
      uploadUrl: new URL(at, client.baseUrl).href,
      chunkSize: MIB,
    });
    upload.start();
    return done;
  });
  for (const { id, created } of await Promise.all(both)) assert.deepEqual([id, created], [idOf(at), 0]);
  await tus.isKept(idOf(at), RAW_NAME, bytes);
});

/** The tus protocol (https://tus.io/protocols/resumable-upload), word by word, through the load balancer. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { cleanUp } from '../../drills/ledger.ts';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { idOf, isProblem, metadata, type Speaker, sha256Of, speaker, UPLOADS } from './test-tus.ts';

const MIB = 1024 * 1024;

let client: TestCluster;
let tus: Speaker;
before(async () => {
  client = await testCluster();
  tus = speaker(client, await client.token());
});
after(() => cleanUp(client, 'tus-'));

test('OPTIONS says what is spoken here, to whoever asks, and lets no page of another origin in', async () => {
  const answer = await client.ask(UPLOADS, {
    method: 'OPTIONS',
    headers: { origin: 'https://elsewhere.example' },
  });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['tus-version'], '1.0.0');
  assert.ok(Number(answer.headers['tus-max-size']) > 0);
  assert.equal(answer.headers['tus-checksum-algorithm'], 'sha1,sha256');
  const extensions = String(answer.headers['tus-extension']).split(',');
  for (const one of [
    'creation',
    'creation-with-upload',
    'creation-defer-length',
    'termination',
    'expiration',
    'checksum',
  ])
    assert.ok(extensions.includes(one), one);
  const foreign = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
  assert.deepEqual(foreign, []);
});

test('an upload is created empty, and HEAD, GET and PATCH agree on how far it is and when it expires', async () => {
  const bytes = randomBytes(1000);
  const { at, answer } = await tus.create(bytes.length);
  assert.match(at, /^\/api\/v1\/uploads\/[0-9A-HJKMNP-TV-Z]{26}$/);
  const expires = Date.parse(String(answer.headers['upload-expires']));
  assert.ok(
    Math.abs(expires - Date.now() - 86_400_000) < 600_000,
    `it expires ${answer.headers['upload-expires']}`,
  );

  const head = await tus.speak('HEAD', at);
  assert.equal(head.status, 200);
  assert.deepEqual(
    [head.headers['upload-offset'], head.headers['upload-length'], head.headers['cache-control']],
    ['0', '1000', 'no-store'],
  );
  const part = await tus.patch(at, 0, bytes.subarray(0, 400));
  assert.deepEqual([part.status, part.headers['upload-offset']], [204, '400']);
  assert.ok(part.headers['upload-expires']);
  assert.equal(part.headers['portico-sha256'], undefined);
  const said = (await tus.speak('GET', at)).json<{ state: string; offset: number; size: number }>();
  assert.deepEqual([said.state, said.offset, said.size], ['open', 400, 1000]);

  const last = await tus.patch(at, 400, bytes.subarray(400));
  assert.deepEqual([last.status, last.headers['upload-offset']], [204, '1000']);
  const finished = await tus.speak('HEAD', at);
  for (const one of [last, finished]) {
    assert.equal(one.headers['upload-offset'], '1000');
    assert.equal(one.headers['portico-sha256'], sha256Of(bytes));
    assert.equal(one.headers['portico-media'], at.replace('uploads', 'media'));
  }
});

test('a length that was deferred is said with a later PATCH, once', async () => {
  const bytes = randomBytes(600);
  const { at } = await tus.create(undefined);
  assert.equal((await tus.speak('HEAD', at)).headers['upload-defer-length'], '1');
  assert.equal((await tus.patch(at, 0, bytes.subarray(0, 200))).status, 204);
  const said = await tus.patch(at, 200, bytes.subarray(200, 400), { 'upload-length': '600' });
  assert.equal(said.status, 204, said.text());
  assert.equal((await tus.speak('HEAD', at)).headers['upload-length'], '600');
  isProblem(await tus.patch(at, 400, bytes.subarray(400), { 'upload-length': '700' }), 400);
  const last = await tus.patch(at, 400, bytes.subarray(400));
  assert.equal(last.headers['portico-sha256'], sha256Of(bytes));
});

for (const algorithm of ['sha1', 'sha256']) {
  test(`bytes whose ${algorithm} does not match count for nothing; those whose does are kept`, async () => {
    const bytes = randomBytes(3 * MIB);
    const checksum = (of: Buffer) => ({
      'upload-checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
    });
    const { at } = await tus.create(bytes.length);
    const half = bytes.subarray(0, bytes.length / 2);
    isProblem(await tus.patch(at, 0, half, checksum(bytes)), 460);
    assert.equal((await tus.speak('HEAD', at)).headers['upload-offset'], '0');
    assert.equal((await tus.patch(at, 0, half, checksum(half))).status, 204);
    const rest = bytes.subarray(half.length);
    const last = await tus.patch(at, half.length, rest, checksum(rest));
    assert.equal(last.headers['portico-sha256'], sha256Of(bytes));
  });
}

test('a wrong offset is refused with 409, and the upload stays as it is', async () => {
  const { at } = await tus.create(100);
  assert.equal((await tus.patch(at, 0, randomBytes(40))).status, 204);
  for (const offset of [0, 39, 41, 100]) isProblem(await tus.patch(at, offset, randomBytes(10)), 409);
  assert.equal((await tus.speak('HEAD', at)).headers['upload-offset'], '40');
});

test('an upload takes no byte beyond its length', async () => {
  const { at } = await tus.create(100);
  isProblem(await tus.patch(at, 0, randomBytes(101)), 413);
  assert.equal((await tus.speak('HEAD', at)).headers['portico-sha256'], undefined);
});

test('another version of tus is refused with 412, and told which one is spoken', async () => {
  const { at } = await tus.create(100);
  for (const [method, path] of [
    ['POST', UPLOADS],
    ['PATCH', at],
    ['DELETE', at],
  ] as const) {
    const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
    const answer = await tus.speak(method, path, { headers: { ...type, 'tus-resumable': '0.2.2' } });
    isProblem(answer, 412);
    assert.equal(answer.headers['tus-version'], '1.0.0');
  }
  assert.equal((await tus.speak('HEAD', at, { headers: { 'tus-resumable': '0.2.2' } })).status, 412);
});

const refused: [what: string, headers: Record<string, string>, status: number][] = [
  ['an empty file', { 'upload-length': '0' }, 400],
  ['a file that is too large, by its length', { 'upload-length': String(50 * 1024 ** 3) }, 413],
  ['a length that is no number', { 'upload-length': 'many' }, 400],
  ['neither a length nor its deferral', {}, 400],
  ['both a length and its deferral', { 'upload-length': '5', 'upload-defer-length': '1' }, 400],
  ['no name', { 'upload-length': '5', 'upload-metadata': '' }, 400],
  ['metadata that are no Base64', { 'upload-length': '5', 'upload-metadata': 'filename !!!' }, 400],
  [
    'a visibility that there is not',
    { 'upload-length': '5', 'upload-metadata': metadata({ filename: 'tus-x', visibility: 'some' }) },
    400,
  ],
  ['a checksum that is none', { 'upload-length': '5', 'upload-checksum': 'sha256 abc' }, 400],
  [
    'a checksum of an algorithm that is not spoken',
    { 'upload-length': '5', 'upload-checksum': 'md5 1B2M2Y8AsgTpgAmY7PhCfg==' },
    400,
  ],
];

for (const [what, headers, status] of refused) {
  test(`${what} is refused with ${status} and a sentence`, async () => {
    const usual = { 'upload-metadata': metadata({ filename: 'tus-refused.bin' }) };
    isProblem(await tus.speak('POST', UPLOADS, { headers: { ...usual, ...headers } }), status);
  });
}

test('bytes of another content type are refused with 415', async () => {
  const { at } = await tus.create(100);
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': '0' };
  isProblem(await tus.speak('PATCH', at, { headers, body: randomBytes(10) }), 415);
});

test('an upload is its creator’s alone; readers and strangers cannot begin one', async () => {
  const { at } = await tus.create(100);
  const admin = { authorization: `Bearer ${await client.token('admin')}` };
  for (const method of ['HEAD', 'GET', 'DELETE'])
    assert.equal((await tus.speak(method, at, { headers: admin })).status, 404, method);
  isProblem(await tus.patch(at, 0, randomBytes(10), admin), 404);
  const reader = { authorization: `Bearer ${await client.token('reader')}`, 'upload-length': '5' };
  isProblem(await tus.speak('POST', UPLOADS, { headers: reader }), 403);
  const stranger = await client.ask(UPLOADS, { method: 'POST', headers: { 'tus-resumable': '1.0.0' } });
  isProblem(stranger, 401);
  assert.equal((await tus.speak('HEAD', at)).headers['upload-offset'], '0');
});

test('an upload that has expired answers 410, and takes no byte', async () => {
  const { at } = await tus.create(100);
  const [writer] = await client.databaseNodes();
  const connection = await createConnection({
    host: String(writer?.host),
    user: 'portico_app',
    password: await client.appPassword(),
    database: 'portico',
  });
  try {
    await connection.execute(
      'UPDATE uploads SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE WHERE id = ?',
      [idOf(at)],
    );
  } finally {
    await connection.end();
  }
  // An agent may remove it at any moment, and then there is no such upload.
  for (const answer of [await tus.speak('HEAD', at), await tus.patch(at, 0, randomBytes(10))])
    assert.ok([404, 410].includes(answer.status), String(answer.status));
});

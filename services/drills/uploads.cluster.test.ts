/** Uploads that are odd, wrong or broken off: each gets its clear answer, and nothing half-made stays behind. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { ask, multipart } from './http.ts';
import { cleanUp } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

let client: TestCluster;
let headers: Record<string, string>;
before(async () => {
  client = await testCluster();
  headers = { authorization: `Bearer ${await client.token()}` };
});
after(() => cleanUp(client, 'odd-'));

const names: [sent: string, kept: RegExp][] = [
  ['../../../etc/odd-passwd', /^odd-passwd$/],
  ['..\\..\\odd-windows.txt', /^odd-windows\.txt$/],
  ['odd-"quoted" \'name\'.txt', /^odd-("|%22)quoted("|%22) 'name'\.txt$/],
  ['odd-🏛️ portico 柱廊.txt', /^odd-🏛️ portico 柱廊\.txt$/],
  [`odd-${'n'.repeat(296)}.txt`, /^odd-n+\.txt$/],
  ['odd-line\r\nbreak.txt', /^odd-line.*break\.txt$/],
];

for (const [sent, kept] of names) {
  test(`a file named ${JSON.stringify(sent.slice(0, 40))} is kept under a harmless name and can be read back`, async () => {
    const bytes = randomBytes(500);
    const made = await client.upload({ name: sent, bytes });
    assert.match(made.name, kept);
    assert.ok(Buffer.byteLength(made.name) <= 255);
    const back = await client.ask(made.url);
    assert.equal(back.status, 200);
    assert.ok(back.body.equals(bytes));
    assert.match(String(back.headers['content-disposition']), /^(inline|attachment); filename/);
  });
}

test('an empty file is refused, and nothing stays behind', () =>
  refused(async () => {
    const form = multipart({ name: 'odd-empty.txt', bytes: Buffer.alloc(0) });
    return client.ask('/api/v1/media', {
      method: 'POST',
      headers: { ...headers, ...form.headers },
      body: form.body,
    });
  }, [400, 422]));

test('a file over the limit is refused by its declared length, before its bytes are read', () =>
  refused(async () => {
    const began = performance.now();
    const answer = await ask(new URL('/api/v1/media', client.baseUrl), {
      ca: client.ca,
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': String(50 * 1024 ** 3),
        expect: '100-continue',
      },
      body: '',
      deadlineMs: 10_000,
    });
    assert.ok(performance.now() - began < 5_000);
    return answer;
  }, [413]));

test('a multipart body that ends too early is refused, and nothing stays behind', () =>
  refused(async () => {
    const form = multipart({ name: 'odd-truncated.bin', bytes: randomBytes(50_000) });
    const body = form.body.subarray(0, 40_000);
    return client.ask('/api/v1/media', {
      method: 'POST',
      headers: { ...headers, ...form.headers, 'content-length': String(body.length) },
      body,
    });
  }, [400, 422]));

test('a body that is no multipart form is refused', () =>
  refused(
    () =>
      client.ask('/api/v1/media', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/octet-stream' },
        body: 'bytes',
      }),
    [400, 415, 422],
  ));

test('a client that vanishes in the middle of its upload leaves nothing behind', async () => {
  const before = await filesOnVolume();
  const form = multipart({ name: 'odd-vanished.bin', bytes: randomBytes(3_000_000) });
  const gone = new AbortController();
  const upload = client.ask('/api/v1/media', {
    method: 'POST',
    // Announces all of its bytes, sends half of them, and goes.
    headers: { ...headers, ...form.headers },
    body: half(form.body, () => gone.abort()),
    signal: gone.signal,
  });
  await assert.rejects(upload);
  await until('the half-received file is gone', 15_000, async () => {
    const now = await filesOnVolume();
    return (
      now.every((file) => before.includes(file)) || `there are ${now.filter((f) => !before.includes(f))}`
    );
  });
});

test('fifty uploads at once are all kept, each with its own bytes', async () => {
  const made = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      client.upload({ name: `odd-many-${i}.bin`, bytes: randomBytes(30_000 + i) }),
    ),
  );
  assert.equal(new Set(made.map((one) => one.id)).size, 50);
  for (const one of made) assert.equal((await client.ask(one.url)).body.length, one.size);
});

test('the same upload sent twice with one key is one file, also when both come at once', async () => {
  const key = randomUUID();
  const file = { name: 'odd-twice.bin', bytes: randomBytes(10_000) };
  const [first, second] = await Promise.all([client.upload(file, { key }), client.upload(file, { key })]);
  assert.equal(first?.id, second?.id);
  const third = await client.upload(file, { key });
  assert.equal(third.id, first?.id);
});

test('the same key with other bytes is refused', async () => {
  const key = randomUUID();
  await client.upload({ name: 'odd-key.bin', bytes: randomBytes(100) }, { key });
  await assert.rejects(
    client.upload({ name: 'odd-key.bin', bytes: randomBytes(100) }, { key }),
    /upload: 4\d\d/,
  );
});

for (const [name, content] of [
  ['odd-page.html', '<!doctype html><script>alert(1)</script>'],
  ['odd-drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
  ['odd-disguised.png', '<!doctype html><script>alert(1)</script>'],
] as const) {
  test(`${name} with a script in it is served so that no browser runs it as the portal`, async () => {
    const made = await client.upload({ name, bytes: Buffer.from(content), type: 'image/png' });
    const answer = await client.ask(made.url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.match(String(answer.headers['content-security-policy']), /(^|; )sandbox(;|$)/);
    assert.doesNotMatch(String(answer.headers['content-security-policy']), /allow-scripts|allow-same-origin/);
    assert.doesNotMatch(made.mediaType, /image\/png/);
  });
}

/** The answer is a problem with one of the statuses, and neither library nor volume has gained anything. */
async function refused(send: () => ReturnType<TestCluster['ask']>, statuses: number[]): Promise<void> {
  const before = await filesOnVolume();
  const answer = await send();
  assert.ok(statuses.includes(answer.status), `${answer.status}: ${answer.text().slice(0, 300)}`);
  assert.match(String(answer.headers['content-type']), /application\/problem\+json/);
  const problem = answer.json<{ title?: string; status?: number; detail?: string }>();
  assert.equal(problem.status, answer.status);
  assert.ok(problem.detail || problem.title);
  const now = await filesOnVolume();
  assert.deepEqual(
    now.filter((file) => !before.includes(file)),
    [],
  );
}

/** Everything that an upload may leave behind; markers are hints that come and go. */
async function filesOnVolume(): Promise<string[]> {
  const places = ['blobs', 'media', 'tmp', 'uploads', 'inbox'].map((place) => `/data/${place}`);
  return (await client.cluster.exec('portal-1', ['find', ...places, '-type', 'f']))
    .split('\n')
    .filter(Boolean);
}

async function* halfOf(body: Buffer, then: () => void) {
  for (let at = 0; at < body.length / 2; at += 65_536) yield body.subarray(at, at + 65_536);
  then();
}

function half(body: Buffer, then: () => void) {
  return Readable.from(halfOf(body, then));
}

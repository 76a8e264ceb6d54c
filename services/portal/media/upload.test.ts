import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { PorticoError } from '../../platform/errors.ts';
import { TestBrowser } from '../test-browser.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';

let portal: TestPortal;
let token: string;
before(async () => {
  portal = await testPortal();
  token = await portal.token('publisher');
});
after(() => portal.close());
beforeEach(() => {
  portal.media.failure = undefined;
});

const CRLF = '\r\n';
type Answer = { status: number; body: Record<string, unknown> };

/** Sends a multipart body as it is written here, byte for byte. */
async function send(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${portal.url}/api/v1/media`, {
    method: 'POST',
    body,
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'multipart/form-data; boundary=B',
      ...headers,
    },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const field = (name: string, value: string) =>
  `--B${CRLF}Content-Disposition: form-data; name="${name}"${CRLF}${CRLF}${value}${CRLF}`;
const file = (name: string, content: string, part = 'file') =>
  `--B${CRLF}Content-Disposition: form-data; name="${part}"; filename="${name}"${CRLF}Content-Type: text/plain${CRLF}${CRLF}${content}${CRLF}`;
const END = `--B--${CRLF}`;

describe('an upload', () => {
  it('is answered with what was kept, and where', async () => {
    const form = new FormData();
    form.set('visibility', 'internal');
    form.set('file', new Blob(['hello']), 'grüß "dich" 😀.txt');
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${portal.url}/api/v1/media`, { method: 'POST', body: form, headers });
    const item = (await answer.json()) as Record<string, string>;
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('location'), `/api/v1/media/${item.id}`);
    assert.equal(item.name, 'grüß "dich" 😀.txt');
    assert.equal(item.sha256, '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    assert.equal(item.visibility, 'internal');
    assert.equal(item.url, `/media/${item.id}/${encodeURIComponent(item.name!)}`);
  });

  it('is public unless it says otherwise, also in its address', async () => {
    assert.equal((await send(file('a.txt', 'x') + END)).body.visibility, 'public');
    const answer = await fetch(`${portal.url}/api/v1/media?visibility=internal`, {
      method: 'POST',
      body: file('a.txt', 'x') + END,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'multipart/form-data; boundary=B' },
    });
    assert.equal(((await answer.json()) as { visibility: string }).visibility, 'internal');
  });

  const bad: [string, string, number, string][] = [
    ['no file', field('visibility', 'public') + END, 400, 'invalid'],
    ['an empty form', END, 400, 'invalid'],
    ['an empty file', file('a.txt', '') + END, 400, 'empty-file'],
    ['a file in another field', file('a.txt', 'x', 'photo') + END, 400, 'invalid'],
    ['two files', file('a.txt', 'x') + file('b.txt', 'y') + END, 400, 'invalid'],
    ['a field behind the file', file('a.txt', 'x') + field('visibility', 'internal') + END, 400, 'invalid'],
    [
      'a visibility that there is not',
      field('visibility', 'secret') + file('a.txt', 'x') + END,
      400,
      'invalid',
    ],
    ['a field that nobody knows', field('colour', 'red') + file('a.txt', 'x') + END, 400, 'invalid'],
    ['a body that ends in the file', file('a.txt', 'x'), 400, 'upload-aborted'],
    ['a body that ends in a header', `--B${CRLF}Content-Disp`, 400, 'upload-aborted'],
    ['a file over the limit', file('a.txt', 'x'.repeat(1_000_001)) + END, 413, 'too-large'],
  ];
  for (const [title, body, status, code] of bad) {
    it(`with ${title} is ${status} ${code} and leaves nothing`, async () => {
      const kept = portal.media.files.size;
      const answer = await send(body);
      assert.deepEqual([answer.status, answer.body.code], [status, code], String(answer.body.detail));
      assert.equal(portal.media.files.size, kept);
    });
  }

  it('that is no multipart form is told so', async () => {
    for (const type of ['application/json', 'multipart/form-data'])
      assert.deepEqual((await send('{}', { 'Content-Type': type })).body.code, 'invalid');
  });

  it('with a bad Idempotency-Key is told so', async () => {
    const answer = await send(file('a.txt', 'x') + END, { 'Idempotency-Key': 'k'.repeat(256) });
    assert.deepEqual([answer.status, answer.body.code], [400, 'invalid']);
  });

  it('into a full volume is 507, and the connection goes on', async () => {
    portal.media.failure = new PorticoError('insufficient-storage', 'There is not enough space left.');
    assert.equal((await send(file('a.txt', 'x'.repeat(500_000)) + END)).status, 507);
    portal.media.failure = undefined;
    assert.equal((await send(file('a.txt', 'x') + END)).status, 201);
  });

  it('that declares too much is refused before a byte of it is read, and hears it', async () => {
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
    const head = [
      'POST /api/v1/media HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: multipart/form-data; boundary=B',
    ];
    socket.write([...head, 'Content-Length: 5000000000', '', ''].join(CRLF));
    const [heard] = (await once(socket, 'data')) as [Buffer];
    assert.match(heard.toString(), /^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('is kept only when the whole body was in order, however late the rest comes', async () => {
    const kept = portal.media.files.size;
    const rest = file('b.txt', 'y') + END;
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
    const head = [
      'POST /api/v1/media HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: multipart/form-data; boundary=B',
    ];
    const first = `${file('a.txt', 'x')}--B`;
    const length = first.length + rest.length - 3;
    socket.write([...head, `Content-Length: ${length}`, '', ''].join(CRLF) + first + CRLF);
    // Time enough for the first file to be taken for a whole upload.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(portal.media.files.size, kept);
    socket.write(rest.slice('--B'.length + CRLF.length));
    const [heard] = (await once(socket, 'data')) as [Buffer];
    assert.match(heard.toString(), /^HTTP\/1\.1 400 /);
    assert.equal(portal.media.files.size, kept);
    socket.destroy();
  });

  it('whose client vanishes leaves nothing', async () => {
    const [kept, broken] = [portal.media.files.size, portal.media.broken];
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
    const head = [
      'POST /api/v1/media HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: multipart/form-data; boundary=B',
    ];
    socket.write([...head, 'Content-Length: 500000', '', ''].join(CRLF) + file('a.txt', 'x'.repeat(100_000)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    // Well before its silence would give it away.
    await until(() => portal.media.broken === broken + 1, 2_000);
    assert.equal(portal.media.files.size, kept);
  });

  it('that falls silent is given up', async () => {
    const broken = portal.media.broken;
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
    const head = [
      'POST /api/v1/media HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: multipart/form-data; boundary=B',
    ];
    socket.write([...head, 'Content-Length: 500000', '', ''].join(CRLF) + file('a.txt', 'x'));
    const [heard] = (await once(socket, 'data')) as [Buffer];
    assert.match(heard.toString(), /^HTTP\/1\.1 400 /);
    assert.equal(portal.media.broken, broken + 1);
    socket.destroy();
  });

  it('fifty at once are all kept', async () => {
    const kept = portal.media.files.size;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => send(file(`${i}.txt`, `file ${i}`) + END)),
    );
    assert.ok(answers.every(({ status }) => status === 201));
    assert.equal(portal.media.files.size, kept + 50);
  });
});

describe('an upload with a session', () => {
  const part = () => new Blob(['hello']);
  const form = (csrf?: string, first = true) => {
    const data = new FormData();
    if (csrf !== undefined && first) data.set('_csrf', csrf);
    data.set('file', part(), 'a.txt');
    if (csrf !== undefined && !first) data.set('_csrf', csrf);
    return data;
  };

  it('needs the CSRF token: in a header, or in a field before the file', async () => {
    const browser = new TestBrowser(portal.url);
    const csrf = await browser.signIn('publisher');
    const post = (body: FormData, headers: Record<string, string> = {}) =>
      browser.ask('/api/v1/media', { method: 'POST', body, headers });
    assert.equal((await post(form(), { 'X-CSRF-Token': csrf })).status, 201);
    assert.equal((await post(form(csrf))).status, 201);
    const kept = portal.media.files.size;
    assert.equal((await post(form())).status, 403);
    assert.equal((await post(form('wrong'))).status, 403);
    assert.equal((await post(form(), { 'X-CSRF-Token': 'wrong' })).status, 403);
    assert.equal((await post(form(csrf, false))).ok, false, 'behind the file is too late');
    assert.equal((await post(form(csrf), { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
    assert.equal(portal.media.files.size, kept);
  });

  it('works with a plain form and without scripts', async () => {
    const browser = new TestBrowser(portal.url);
    await browser.signIn('publisher');
    const html = await (await browser.ask('/library')).text();
    const csrf = /name="_csrf" value="([^"]+)"/.exec(html)?.[1];
    const answer = await browser.ask('/library/upload', { method: 'POST', body: form(csrf) });
    assert.equal(answer.status, 303);
    assert.match(answer.headers.get('location') ?? '', /^\/library\/[0-9A-Z]{26}\?done=uploaded$/);
  });

  it('is not for readers', async () => {
    const browser = new TestBrowser(portal.url);
    const csrf = await browser.signIn('reader');
    const answer = await browser.ask('/api/v1/media', { method: 'POST', body: form(csrf) });
    assert.equal(answer.status, 403);
  });
});

async function until(met: () => boolean, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!met()) {
    assert.ok(performance.now() < deadline, `it did not come true within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

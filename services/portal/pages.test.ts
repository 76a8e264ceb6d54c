import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PorticoError } from '../platform/errors.ts';
import type { MediaItem } from './media/types.ts';
import { TestBrowser } from './test-browser.ts';
import { PASSWORD, type TestPortal, testPortal } from './test-portal.ts';

let portal: TestPortal;
before(async () => {
  portal = await testPortal();
});
after(() => portal.close());

async function signedIn(name = 'publisher'): Promise<TestBrowser> {
  const browser = new TestBrowser(portal.url);
  await browser.signIn(name);
  return browser;
}

async function file(name: string, content = 'hello', change: Partial<MediaItem> = {}): Promise<MediaItem> {
  const { Readable } = await import('node:stream');
  const made = await portal.media.upload({
    content: Readable.from([Buffer.from(content)]),
    name,
    visibility: 'public',
    createdBy: 'test',
  });
  Object.assign(made.item, change);
  return made.item;
}

test('the start page is the same for everybody: kept by the load balancer, without a cookie or a token', async () => {
  const browser = await signedIn('admin');
  const answer = await browser.ask('/');
  assert.match(answer.headers.get('cache-control')!, /^public, .*s-maxage=\d+/);
  assert.equal(answer.headers.get('set-cookie'), null);
  const html = await answer.text();
  assert.doesNotMatch(html, /name="csrf-token"|>admin</);
});

test('whatever else a person sees is kept by nobody', async () => {
  const { id } = await file('kept by nobody.txt');
  const browser = await signedIn('admin');
  for (const path of [
    '/library',
    `/library/${id}`,
    `/library/${id}/delete`,
    '/status',
    '/tokens',
    '/sign-in',
  ]) {
    assert.match((await browser.ask(path)).headers.get('cache-control')!, /no-store/, path);
  }
});

test('every asset that the pages name is there', async () => {
  const { id } = await file('assets.txt');
  const browser = await signedIn('admin');
  const addresses = new Set<string>();
  for (const path of ['/', '/library', `/library/${id}`, '/status', '/tokens', '/nowhere']) {
    const html = await (await browser.ask(path)).text();
    for (const [address] of html.matchAll(/\/assets\/[^"#]+/g)) addresses.add(address);
  }
  for (const address of addresses) {
    const answer = await browser.ask(address);
    assert.equal(answer.status, 200, address);
    assert.match(answer.headers.get('cache-control')!, /immutable/, address);
    // A script's imports stand beside it, under the same hash.
    if (!address.endsWith('.js')) continue;
    for (const [, name] of (await answer.text()).matchAll(/from '\.\/([^']+)'/g)) {
      const imported = await browser.ask(address.replace(/[^/]+$/, name!));
      assert.match(imported.headers.get('cache-control')!, /immutable/, `${address} imports ${name}`);
    }
  }
});

test('no page has an inline script, an inline style or a handler that the policy would refuse', async () => {
  const { id } = await file('policy.txt');
  const browser = await signedIn('admin');
  for (const path of ['/', '/sign-in', '/library', `/library/${id}`, '/status', '/tokens', '/nowhere']) {
    const html = await (await browser.ask(path)).text();
    assert.doesNotMatch(html, /<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/, path);
  }
});

test('a name is text, whatever is in it', async () => {
  const name = `<img src=x onerror=alert(1)> "quoted" & 'single'.txt`;
  const { id } = await file(name, '</pre><script>alert(2)</script>');
  const browser = await signedIn();
  for (const path of ['/library', `/library/${id}`, `/library/${id}/delete`]) {
    const html = await (await browser.ask(path)).text();
    assert.doesNotMatch(html, /<img src=x|<script>alert/, path);
    assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt; &#34;quoted&#34;'), path);
  }
});

test('who signs in lands where they wanted to go, and never elsewhere', async () => {
  const cases = [
    ['/status', '/status'],
    ['/library?q=a%20b', '/library?q=a%20b'],
    ['https://example.org/', '/library'],
    ['//example.org/', '/library'],
    ['/\\example.org', '/library'],
    ['', '/library'],
  ] as const;
  for (const [next, lands] of cases) {
    const browser = new TestBrowser(portal.url);
    const answer = await browser.form('/sign-in', '/sign-in', { next, name: 'admin', password: PASSWORD });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), lands);
  }
});

test('a wrong password, a missing one and too many are told on the page', async () => {
  const browser = new TestBrowser(portal.url);
  const attempt = (name: string, password: string) =>
    browser.form('/sign-in', '/sign-in', { next: '/status', name, password });
  const missing = await attempt('somebody', '');
  assert.equal(missing.status, 400);
  assert.match(await missing.text(), /Enter your password\./);
  const wrong = await attempt('somebody', 'wrong');
  assert.equal(wrong.status, 401);
  const html = await wrong.text();
  assert.match(html, /role="alert"/);
  assert.match(html, /value="somebody"/);
  assert.match(html, /name="next" value="\/status"/);
  assert.doesNotMatch(html, /value="wrong"/);
  for (let times = 0; times < 10; times += 1) await attempt('somebody', 'wrong');
  const late = await attempt('somebody', 'wrong');
  assert.equal(late.status, 429);
  assert.equal(late.headers.get('retry-after'), '900');
  assert.match(await late.text(), /possible in 15 minutes/);
});

test('a plain form uploads, and its file is deleted by the question and the answer', async () => {
  const browser = await signedIn();
  const html = await (await browser.ask('/library')).text();
  const form = new FormData();
  form.append('_csrf', /name="_csrf" value="([^"]+)"/.exec(html)![1]!);
  form.append('visibility', 'internal');
  form.append('file', new Blob(['by a plain form']), 'plain.txt');
  const made = await browser.ask('/library/upload', { method: 'POST', body: form });
  assert.equal(made.status, 303);
  const page = made.headers.get('location')!.replace('?done=uploaded', '');
  assert.match(await (await browser.ask(`${page}?done=uploaded`)).text(), /Signed-in people only/);
  const gone = await browser.form(`${page}/delete`, `${page}/delete`, {});
  assert.equal(gone.headers.get('location'), '/library?done=deleted');
  assert.equal((await browser.ask(page)).status, 404);
});

test('a reader sees no way to upload or delete, and finds none', async () => {
  const { id } = await file('for readers.txt');
  const browser = await signedIn('reader');
  assert.doesNotMatch(await (await browser.ask('/library')).text(), /data-uploader/);
  assert.doesNotMatch(await (await browser.ask(`/library/${id}`)).text(), /data-delete/);
  assert.equal((await browser.ask(`/library/${id}/delete`)).status, 403);
  assert.equal((await browser.ask('/status')).status, 403);
});

test('a deletion without its token is refused, and the file stays', async () => {
  const { id } = await file('stays.txt');
  const browser = await signedIn();
  const answer = await browser.ask(`/library/${id}/delete`, { method: 'POST', body: new URLSearchParams() });
  assert.equal(answer.status, 403);
  assert.equal((await browser.ask(`/library/${id}`)).status, 200);
});

test('a picture that cannot be drawn has a placeholder, and an internal one is for who is signed in', async () => {
  const open = await file('open.png');
  const stranger = new TestBrowser(portal.url);
  const placeholder = await stranger.ask(`/media/${open.id}/thumbnail?size=small`);
  assert.equal(placeholder.status, 200);
  assert.match(placeholder.headers.get('content-type')!, /^image\/svg\+xml/);
  assert.doesNotMatch(placeholder.headers.get('cache-control')!, /s-maxage|public/);
  const internal = await file('internal.png', 'x', { visibility: 'internal' });
  const path = `/media/${internal.id}/thumbnail?size=small`;
  assert.equal((await stranger.ask(path)).status, 401);
  assert.equal((await (await signedIn('reader')).ask(path)).status, 200);
});

test('a file that is named like the address of a thumbnail is still a file', async () => {
  const { id } = await file('thumbnail', 'the bytes');
  const answer = await fetch(`${portal.url}/media/${id}/thumbnail`);
  assert.equal(await answer.text(), 'the bytes');
});

test('an error is a page that says what to do, and bears the request id', async () => {
  const browser = await signedIn('admin');
  const lost = await browser.ask('/no/such/page');
  assert.equal(lost.status, 404);
  assert.ok((await lost.text()).includes(lost.headers.get('x-request-id')!));

  portal.media.failure = new PorticoError('database-unavailable', 'The database is changing over.', {
    retryAfter: 7,
  });
  const { failure } = portal.media;
  const away = await browser.ask('/library/01ARZ3NDEKTSV4RRFFQ69G5FAV');
  portal.media.failure = undefined;
  assert.equal(away.status, 503);
  assert.equal(away.headers.get('retry-after'), '7');
  const html = await away.text();
  assert.ok(html.includes(failure.message));
  assert.match(html, /data-reload-after="7"/);
  assert.match(html, /<noscript><meta http-equiv="refresh" content="7"><\/noscript>/);
});

test('a token is shown once, in the answer to its making', async () => {
  const browser = await signedIn('admin');
  const made = await browser.form('/tokens', '/tokens', { name: 'build server', role: 'publisher' });
  assert.equal(made.status, 201);
  const secret = /portico_[\w-]{20,}/.exec(await made.text())![0];
  assert.ok(!(await (await browser.ask('/tokens')).text()).includes(secret));
  const twice = await browser.form('/tokens', '/tokens', { name: 'build server', role: 'publisher' });
  assert.equal(twice.status, 409);
  assert.match(await twice.text(), /role="alert"/);
});

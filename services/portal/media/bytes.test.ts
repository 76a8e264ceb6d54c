import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mediaUrl } from '../http/context.ts';
import { TestBrowser } from '../test-browser.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';
import { disposition, policyFor } from './serving.ts';
import type { MediaItem, Visibility } from './types.ts';

let portal: TestPortal;
before(async () => {
  portal = await testPortal();
});
after(() => portal.close());

async function keep(name: string, content: string, visibility: Visibility = 'public'): Promise<MediaItem> {
  const { Readable } = await import('node:stream');
  return (
    await portal.media.upload({
      content: Readable.from([Buffer.from(content)]),
      name,
      visibility,
      createdBy: 'test',
    })
  ).item;
}

describe('the bytes of a public file', () => {
  it('come with hash, type, name and a year’s keeping, and ask for no session', async () => {
    const item = await keep('a b.txt', 'hello');
    const answer = await fetch(portal.url + mediaUrl(item));
    assert.equal(await answer.text(), 'hello');
    assert.equal(answer.headers.get('etag'), `"${item.sha256}"`);
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(answer.headers.get('set-cookie'), null);
    const again = await fetch(portal.url + mediaUrl(item), {
      headers: { 'If-None-Match': `"${item.sha256}"` },
    });
    assert.equal(again.status, 304);
  });

  it('are sent by nginx when it stands in front', async () => {
    const item = await keep('a.txt', 'hello');
    const answer = await new TestBrowser(portal.url).ask(mediaUrl(item));
    assert.equal(
      answer.headers.get('x-accel-redirect'),
      `/_blobs/${item.sha256.slice(0, 2)}/${item.sha256.slice(2, 4)}/${item.sha256}`,
    );
    assert.equal(await answer.text(), '');
    assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox;/);
  });

  const ranges: [string, number, string][] = [
    ['bytes=0-4', 206, 'hello'],
    ['bytes=6-', 206, 'world'],
    ['bytes=-5', 206, 'world'],
    ['bytes=20-', 416, ''],
    ['bytes=0-1,3-4', 200, 'hello world'],
    ['lines=1-2', 200, 'hello world'],
  ];
  for (const [range, status, text] of ranges) {
    it(`answer ${range} with ${status}`, async () => {
      const item = await keep('a.txt', 'hello world');
      const answer = await fetch(portal.url + mediaUrl(item), { headers: { Range: range } });
      assert.equal(answer.status, status);
      assert.equal(await answer.text(), text);
    });
  }

  it('answer the whole when If-Range names another file', async () => {
    const item = await keep('a.txt', 'hello world');
    const headers = { Range: 'bytes=0-4', 'If-Range': '"other"' };
    assert.equal((await fetch(portal.url + mediaUrl(item), { headers })).status, 200);
  });

  it('stand under their own name only', async () => {
    const item = await keep('a.txt', 'hello');
    const answer = await fetch(`${portal.url}/media/${item.id}/other.html`, { redirect: 'manual' });
    assert.equal(answer.status, 308);
    assert.equal(answer.headers.get('location'), mediaUrl(item));
  });

  it('are gone at once where they were deleted', async () => {
    const item = await keep('a.txt', 'hello');
    await fetch(portal.url + mediaUrl(item));
    const headers = { Authorization: `Bearer ${await portal.token('publisher')}` };
    assert.equal(
      (await fetch(`${portal.url}/api/v1/media/${item.id}`, { method: 'DELETE', headers })).status,
      204,
    );
    assert.equal((await fetch(portal.url + mediaUrl(item))).status, 404);
  });
});

it('an internal file is for who is signed in, and no cache between keeps it', async () => {
  const item = await keep('a.txt', 'secret', 'internal');
  assert.equal((await fetch(portal.url + mediaUrl(item), { redirect: 'manual' })).status, 303);
  const browser = new TestBrowser(portal.url);
  await browser.signIn('reader');
  const answer = await browser.ask(mediaUrl(item));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'private, no-cache');
  const bearer = { Authorization: `Bearer ${await portal.token('reader')}` };
  assert.equal(await (await fetch(portal.url + mediaUrl(item), { headers: bearer })).text(), 'secret');
});

it('HTML that was uploaded is a download without an origin', async () => {
  const item = await keep('page.html', '<script>alert(1)</script>');
  const { headers } = await fetch(portal.url + mediaUrl(item));
  assert.match(headers.get('content-disposition') ?? '', /^attachment/);
  assert.match(headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});

describe('how a browser may treat a file', () => {
  it('shows pictures and downloads what could act', () => {
    for (const type of ['image/png', 'application/pdf', 'text/plain', 'video/mp4'])
      assert.match(disposition('a', type), /^inline/);
    for (const type of [
      'text/html',
      'image/svg+xml',
      'application/xml',
      'application/octet-stream',
      'application/javascript',
    ])
      assert.match(disposition('a', type), /^attachment/);
  });
  it('leaves no type with scripts of the portal’s origin', () => {
    for (const type of ['text/html', 'image/svg+xml', 'application/xml', 'image/png'])
      assert.match(policyFor(type), /^sandbox;/);
    assert.doesNotMatch(policyFor('application/pdf'), /script-src|unsafe-eval/);
  });
  it('keeps any name whole and any header in one line', () => {
    assert.equal(
      disposition(`a"b\\c'd\r\ne 😀.txt`, 'text/plain'),
      `inline; filename="a_b_c'd__e __.txt"; filename*=UTF-8''a%22b%5Cc%27d%0D%0Ae%20%F0%9F%98%80.txt`,
    );
  });
});

import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import express, { type Response } from 'express';
import { rememberPages } from './remember.ts';

let edition: object | undefined;
let rendered: string[];
let server: Server;
let url: string;
let readingOnly: boolean;
let mayServe: boolean;

const PUBLIC = 'public, max-age=0, s-maxage=1';
const answers: Record<string, (response: Response) => unknown> = {
  '/page': (response) => response.set('Cache-Control', PUBLIC).set('X-Own', 'mine').send('<p>page'),
  '/text': (response) => response.set('Cache-Control', PUBLIC).type('text/markdown').send('# text'),
  '/private': (response) => response.set('Cache-Control', 'private, no-store').send('private'),
  '/cookie': (response) => response.set('Cache-Control', PUBLIC).cookie('a', 'b').send('cookie'),
  '/missing': (response) => response.status(404).set('Cache-Control', PUBLIC).send('missing'),
  '/large': (response) => response.set('Cache-Control', PUBLIC).send('x'.repeat(60)),
  '/larger': (response) => response.set('Cache-Control', PUBLIC).send('y'.repeat(60)),
};

beforeEach(async () => {
  edition = {};
  rendered = [];
  readingOnly = false;
  mayServe = true;
  const app = express();
  app.set('etag', false);
  app.set('env', 'test'); // says nothing of the error below on stderr
  Object.defineProperty(app.locals, 'readingOnly', { get: () => readingOnly });
  let number = 0;
  app.use((_request, response, next) => {
    response.set('X-Request-Id', String(++number));
    next();
  });
  app.get(Object.keys(answers), rememberPages({ edition: current, maxBytes: 100 }), (request, response) => {
    rendered.push(request.url);
    answers[request.path]!(response);
  });
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

/** As the keeper's answer: it throws while this portal may not serve. */
function current(): object | undefined {
  if (!mayServe) throw new Error('not ready');
  return edition;
}

const get = (path: string, method = 'GET') => fetch(url + path, { method });

describe('a page that is remembered', () => {
  it('is rendered once, and answered with the same bytes and its own headers, but with this request’s number', async () => {
    for (const path of ['/page', '/text']) {
      const [first, second] = [await get(path), await get(path)];
      assert.equal(await second.text(), await first.text());
      for (const name of ['content-type', 'content-length', 'cache-control', 'x-own'])
        assert.equal(second.headers.get(name), first.headers.get(name), `${path}: ${name}`);
      assert.notEqual(second.headers.get('x-request-id'), first.headers.get('x-request-id'));
    }
    assert.deepEqual(rendered, ['/page', '/text']);
  });

  it('is the same whatever stands behind the question mark', async () => {
    await get('/page?n=1');
    assert.equal(await (await get('/page?n=2')).text(), '<p>page');
    assert.equal(rendered.length, 1);
  });

  it('answers HEAD without its bytes', async () => {
    await get('/page');
    const head = await get('/page', 'HEAD');
    assert.equal(head.headers.get('content-length'), '7');
    assert.equal(await head.text(), '');
    assert.equal(rendered.length, 1);
  });

  it('is forgotten with its edition', async () => {
    await get('/page');
    edition = {};
    await get('/page');
    edition = undefined;
    await get('/page');
    assert.equal(rendered.length, 3);
  });

  it('is another one while the database is away', async () => {
    await get('/page');
    readingOnly = true;
    await get('/page');
    readingOnly = false;
    await get('/page');
    assert.equal(rendered.length, 2);
  });

  it('gives way to what was asked for later', async () => {
    for (const path of ['/large', '/larger', '/large']) await get(path);
    assert.deepEqual(rendered, ['/large', '/larger', '/large']);
    await get('/large');
    assert.equal(rendered.length, 3);
  });
});

for (const path of ['/private', '/cookie', '/missing'])
  it(`what is not the same for everybody is never remembered: ${path}`, async () => {
    await get(path);
    await get(path);
    assert.equal(rendered.length, 2);
  });

it('who may not serve answers nothing from memory either', async () => {
  await get('/page');
  mayServe = false;
  assert.equal((await get('/page')).status, 500);
});

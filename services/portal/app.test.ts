import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PorticoError } from '../platform/errors.ts';
import { TestBrowser } from './test-browser.ts';
import { EDGE, type TestPortal, testPortal } from './test-portal.ts';

const REQUEST_ID = 'ab'.repeat(16);
let portal: TestPortal;
before(async () => {
  portal = await testPortal();
});
after(() => portal.close());

const lastLine = (path: string) =>
  portal.lines.findLast((line) => line.msg === 'request' && line.path === path);

describe('who the client is', () => {
  it('is what the load balancer says, with the edge secret', async () => {
    const answer = await new TestBrowser(portal.url, '198.51.100.7').ask('/edge-1', {
      headers: { 'X-Request-Id': REQUEST_ID },
    });
    assert.equal(answer.headers.get('x-request-id'), REQUEST_ID);
    assert.equal(lastLine('/edge-1')?.client, '198.51.100.7');
    assert.equal(lastLine('/edge-1')?.requestId, REQUEST_ID);
  });

  it('is the peer for whoever lacks the secret, whatever its headers say', async () => {
    const forged = {
      'X-Forwarded-For': '198.51.100.7',
      'X-Request-Id': REQUEST_ID,
      'X-Forwarded-Proto': 'https',
    };
    for (const headers of [forged, { ...forged, 'X-Portico-Edge': 'guess' }]) {
      const answer = await fetch(`${portal.url}/edge-2`, { headers });
      assert.notEqual(answer.headers.get('x-request-id'), REQUEST_ID);
      assert.equal(lastLine('/edge-2')?.client, '127.0.0.1');
    }
  });

  it('is never a list of addresses', async () => {
    const headers = { 'X-Portico-Edge': EDGE, 'X-Forwarded-For': '198.51.100.7, 10.0.0.1' };
    await fetch(`${portal.url}/edge-3`, { headers });
    assert.equal(lastLine('/edge-3')?.client, '127.0.0.1');
  });
});

describe('every answer', () => {
  it('names its portal, and allows no inline script and no other origin', async () => {
    for (const path of ['/', '/sign-in', '/nothing', '/api/v1/session', '/-/live']) {
      const { headers } = await fetch(portal.url + path);
      assert.equal(headers.get('x-portico-node'), 'portal-1');
      assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f]{32}$/);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none';script-src 'self';style-src 'self'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('x-powered-by'), null);
    }
  });

  it('may be kept by the load balancer only when it is the same for everybody', async () => {
    const kept = async (path: string) => (await fetch(portal.url + path)).headers.get('cache-control') ?? '';
    assert.match(await kept('/'), /public.*s-maxage/);
    for (const path of ['/sign-in', '/nothing', '/api/v1/session', '/api/v1/media', '/-/ready'])
      assert.doesNotMatch(await kept(path), /s-maxage|public/, path);
    assert.equal((await fetch(`${portal.url}/`)).headers.get('set-cookie'), null);
  });

  it('closes its connection while the portal drains', async () => {
    const draining = await testPortal();
    draining.drain();
    const { headers } = await fetch(`${draining.url}/`);
    assert.equal(headers.get('connection'), 'close');
    await draining.close();
  });
});

describe('what goes wrong', () => {
  it('is a page for people and a problem for programs', async () => {
    const page = await fetch(`${portal.url}/nothing`);
    assert.equal(page.status, 404);
    assert.match(page.headers.get('content-type') ?? '', /text\/html/);
    const problem = await fetch(`${portal.url}/api/v1/nothing`);
    assert.equal(problem.status, 404);
    assert.equal(problem.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    const body = (await problem.json()) as Record<string, unknown>;
    assert.equal(body.code, 'not-found');
    assert.equal(body.requestId, problem.headers.get('x-request-id'));
  });

  it('says which methods there are', async () => {
    const answer = await fetch(`${portal.url}/api/v1/media`, { method: 'PUT' });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('allow'), 'GET, POST, HEAD');
  });

  it('says when to come back while the database is away, and tells no secret of ours', async () => {
    const cause = new Error('connect ECONNREFUSED 10.1.2.3:3306');
    portal.media.failure = new PorticoError('database-unavailable', 'The database is away.', {
      cause,
      retryAfter: 3,
    });
    const answer = await fetch(`${portal.url}/media/x/y`);
    portal.media.failure = undefined;
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '3');
    assert.doesNotMatch(await answer.text(), /ECONNREFUSED/);
  });

  it('is bad JSON without a crash', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${portal.url}/api/v1/session`, { method: 'POST', headers, body: '{"name":' });
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as { code: string }).code, 'invalid');
    assert.equal((await fetch(`${portal.url}/media/%E0%A4%A/x`)).status, 400);
    assert.equal((await fetch(`${portal.url}/-/live`)).status, 200);
  });
});

describe('readiness', () => {
  it('is told in full to other portals, and in short to the world', async () => {
    const full = (await (await fetch(`${portal.url}/-/ready`)).json()) as Record<string, unknown>;
    assert.ok(full.database);
    const short = await (await new TestBrowser(portal.url).ask('/-/ready')).json();
    assert.deepEqual(short, { node: 'portal-1', full: { open: true }, reading: { open: true } });
  });

  it('is 503 with the full gate closed', async () => {
    portal.readiness.full = { open: false, reasons: ['no node'] };
    assert.equal((await fetch(`${portal.url}/-/ready`)).status, 503);
    portal.readiness.full = { open: true, reasons: [] };
  });
});

describe('assets', () => {
  it('are kept for ever under the hash of what they are, and for seconds under another', async () => {
    const html = await (await fetch(portal.url)).text();
    const path = /href="(\/assets\/[0-9a-f]{16}\/base\.css)"/.exec(html)?.[1];
    assert.ok(path, 'the page links its style');
    const answer = await fetch(portal.url + path);
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/);
    assert.match(answer.headers.get('content-type') ?? '', /text\/css/);
    const other = await fetch(portal.url + path.replace(/[0-9a-f]{16}/, '0'.repeat(16)));
    assert.equal(other.status, 200);
    assert.match(other.headers.get('cache-control') ?? '', /max-age=0/);
    assert.equal((await fetch(`${portal.url}/assets/${'0'.repeat(16)}/..%2fapp.ts`)).status, 404);
  });
});

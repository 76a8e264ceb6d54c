import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { generate } from 'selfsigned';
import type { ClusterClient } from './client.ts';
import { readingPlan, startLoad } from './load.ts';
import { statistics } from './samples.ts';
import { until } from './until.ts';
import type { Specimen } from './visitor.ts';

const bytes = randomBytes(3_000);
const specimen: Specimen = {
  url: '/media/1/a.bin',
  bytes,
  sha256: createHash('sha256').update(bytes).digest('hex'),
};

type Misbehave = (request: IncomingMessage, response: ServerResponse) => boolean;
let server: https.Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** Answers as the cluster would, except where `misbehave` has answered already. */
async function serve(misbehave: Misbehave = () => false): Promise<ClusterClient> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  let n = 0;
  server = https.createServer({ key, cert }, async (request, response) => {
    n += 1;
    response.setHeader('x-portico-node', `portal-${(n % 2) + 1}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (misbehave(request, response)) return;
    if (request.url === '/api/v1/session') return session(request, response);
    if (request.url === '/api/v1/tokens')
      return void response.writeHead(201).end(JSON.stringify({ id: `t${n}` }));
    if (request.method === 'POST') return receive(Buffer.concat(chunks), response, n);
    if (!request.url?.startsWith('/media/')) return void response.end('{}');
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    response.statusCode = range ? 206 : 200;
    response.end(range ? bytes.subarray(Number(range[1]), Number(range[2]) + 1) : bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `https://localhost:${port}`,
    ca: cert,
    token: async () => 'secret',
    adminPassword: async () => 'secret',
  } as unknown as ClusterClient;
}

/** Whoever posts is signed in, by a cookie. */
function session(request: IncomingMessage, response: ServerResponse): void {
  const known = request.headers.cookie?.includes('in=1');
  response.writeHead(request.method === 'POST' ? 201 : 200, {
    'set-cookie': request.method === 'POST' ? 'in=1; Path=/' : 'pre=1; Path=/',
  });
  response.end(JSON.stringify({ csrfToken: 'x', ...(known && { user: { name: 'admin' } }) }));
}

function receive(body: Buffer, response: ServerResponse, n: number): void {
  const start = body.indexOf('\r\n\r\n') + 4;
  const sha256 = createHash('sha256')
    .update(body.subarray(start, start + 20_000))
    .digest('hex');
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id: String(n), name: 'a', url: '/media/1/a', sha256 }));
}

async function loadFor(client: ClusterClient, enough: number) {
  const load = await startLoad(client, [specimen], { readers: 4, writers: 1, restMs: 1, deadlineMs: 1_000 });
  await until('enough was asked', 10_000, async () => load.samples.length >= enough || 'not yet', 10);
  await load.stop();
  return { load, stats: statistics(load.samples) };
}

test('every kind is asked, both portals are counted, and nothing fails on a good server', async () => {
  const { load, stats } = await loadFor(await serve(), 200);
  assert.equal(stats.failed, 0, JSON.stringify(stats.reasons));
  for (const kind of Object.values(stats.kinds)) assert.ok(kind.count > 0);
  assert.deepEqual(Object.keys(stats.shares).sort(), ['portal-1', 'portal-2']);
  assert.equal(load.ledger.length, stats.kinds.write.count);
});

test('a wrong byte in a file is a failure', async () => {
  const client = await serve((request, response) => {
    if (!request.url?.startsWith('/media/') || request.headers.range) return false;
    response.end(Buffer.alloc(bytes.length));
    return true;
  });
  const { stats } = await loadFor(client, 60);
  assert.ok((stats.reasons['media failed: wrong bytes in /media/1/a.bin'] ?? 0) > 0);
});

test('an answer that ends half-way is counted as cut off', async () => {
  const client = await serve((request, response) => {
    if (!request.url?.startsWith('/api/')) return false;
    if (request.method === 'POST') return false;
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
    return true;
  });
  const { stats } = await loadFor(client, 60);
  assert.ok(stats.cutOff > 0);
  assert.equal(stats.failed, 0);
});

test('a write that is not answered is sent once more with its key, and counted apart', async () => {
  const seen = new Set<string>();
  const client = await serve((request, response) => {
    const key = String(request.headers['idempotency-key']);
    if (request.method !== 'POST' || seen.has(key)) return false;
    seen.add(key);
    response.destroy();
    return true;
  });
  const { stats } = await loadFor(client, 60);
  assert.ok(stats.secondTries > 0);
  assert.equal(stats.failed, 0, JSON.stringify(stats.reasons));
});

test('a write that is refused for good is a failure, and is not sent again', async () => {
  let posts = 0;
  const client = await serve((request, response) => {
    if (request.method !== 'POST') return false;
    posts += 1;
    response.writeHead(403).end('no');
    return true;
  });
  const { stats } = await loadFor(client, 60);
  assert.equal(stats.failed, posts);
  assert.equal(stats.reasons['write failed: 403 no'], stats.kinds.write.count);
});

test('a write without a key whose answer was lost is unsettled, and is not sent again', async () => {
  let posts = 0;
  const client = await serve((request, response) => {
    if (request.url !== '/api/v1/tokens') return false;
    posts += 1;
    if (posts % 2 === 0) response.writeHead(502).end('gone');
    else response.destroy();
    return true;
  });
  const { stats, load } = await loadFor(client, 60);
  assert.equal(stats.unsettled, posts);
  assert.equal(stats.failed, 0, JSON.stringify(stats.reasons));
  assert.deepEqual(load.tokens, []);
});

test('503 with Retry-After is told apart from 503 without', async () => {
  const client = await serve((request, response) => {
    if (request.url !== '/api/v1/tokens') return false;
    response.writeHead(503, { 'retry-after': '5' }).end();
    return true;
  });
  const { stats } = await loadFor(client, 60);
  assert.equal(stats.refused, stats.kinds.bare.count);
  assert.equal(stats.failed, stats.refused, 'it has failed all the same, where nothing else was promised');
});

test('of eight turns four ask pages, three files (one a range) and one the API', () => {
  const kinds = Array.from({ length: 8 }, (_, turn) => readingPlan(turn));
  const count = (kind: string) => kinds.filter((one) => one.kind === kind).length;
  assert.deepEqual([count('page'), count('media'), count('api')], [4, 3, 1]);
  assert.equal(kinds.filter((one) => one.range).length, 1);
});

/**
 * A portal that does only what the load balancer can see of one: two gates, the headers, a blob, a public page. Tests
 * of the load balancer run it, so that they need no database and can make a portal misbehave on purpose.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createGate, type Server } from 'node:net';
import { hostname } from 'node:os';

const node = hostname();
const edgeSecret = readFileSync('/run/portico/secrets/edge-secret', 'utf8').trim();
const counts = { requests: 0, pages: 0, bytes: 0 };

const blob = Buffer.from('<h1>uploaded</h1>'.padEnd(4096, 'x'));
const sha256 = createHash('sha256').update(blob).digest('hex');
const blobPath = `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
mkdirSync(`/data/blobs/${blobPath.slice(0, 5)}`, { recursive: true });
writeFileSync(`/data/blobs/${blobPath}`, blob);

function gate(port: number): Server {
  return createGate((socket) => socket.on('error', () => socket.destroy()).end('\n')).listen(
    port,
    '0.0.0.0',
    1,
  );
}
let gates = [gate(8081), gate(8082)];

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

/** What arrived, as the portal sees it. The edge secret itself is not repeated, only whether it fits. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  const { 'x-portico-edge': edge, ...headers } = request.headers;
  json(response, 200, { node, method: request.method, url: request.url, headers, edge: edge === edgeSecret });
}

function accel(response: ServerResponse, path: string): void {
  response.writeHead(200, {
    'x-accel-redirect': `/_blobs/${path}`,
    'content-type': 'text/html',
    'content-disposition': 'inline; filename="page.html"',
    etag: `"${sha256}"`,
    'cache-control': 'private, max-age=31536000, immutable',
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end();
}

const routes: Record<
  string,
  (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void
> = {
  '/public': (_request, response) => {
    counts.pages++;
    response.writeHead(200, {
      'content-type': 'text/html',
      'cache-control': 'public, max-age=0, s-maxage=1, stale-while-revalidate=2',
    });
    response.end(`<body><!--portico:last-good-->page ${counts.pages} of ${node}`);
  },
  '/public-long': (_request, response) => {
    response.writeHead(200, { 'cache-control': 'public, max-age=0, s-maxage=60' });
    response.end(String(Math.random()));
  },
  '/epoch': (_request, response, query) => {
    response.setHeader('x-portico-epoch', query.get('is') ?? '');
    json(response, 200, { node });
  },
  '/public-with-cookie': (_request, response) => {
    response.writeHead(200, { 'cache-control': 'public, s-maxage=60', 'set-cookie': 'a=b' });
    response.end(String(Math.random()));
  },
  '/asset': (_request, response) => {
    response.writeHead(200, { 'cache-control': 'public, max-age=31536000, immutable' });
    response.end(String(Math.random()));
  },
  '/assets/site.css': (_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/css',
      'cache-control': 'public, max-age=0, s-maxage=1',
      etag: '"style"',
    });
    response.end('body { color: teal }');
  },
  '/blob': (_request, response) => accel(response, blobPath),
  '/blob-missing': (_request, response) => accel(response, `00/00/${'0'.repeat(64)}`),
  '/unavailable': (_request, response) => {
    response.setHeader('retry-after', '3');
    json(response, 503, { code: 'database-unavailable', node });
  },
  '/die': (request) => request.socket.destroy(),
  '/die-once': (request, response) => {
    // The load balancer asks the other portal with the same request id; the volume is what the two share.
    const mark = `/data/died-${request.headers['x-request-id']}`;
    if (existsSync(mark)) return json(response, 200, { node });
    writeFileSync(mark, '');
    request.socket.destroy();
  },
  // 503 on one portal only: the one that is named.
  '/unavailable-on': (_request, response, query) =>
    json(response, query.get('node') === node ? 503 : 200, { node }),
  '/slow': (_request, response, query) => {
    setTimeout(() => json(response, 200, { node }), Number(query.get('ms')));
  },
  '/api/v1/uploads/01K': (_request, response, query) => {
    setTimeout(() => json(response, 200, { node }), Number(query.get('ms')));
  },
  '/gate': (_request, response, query) => {
    if (query.get('full') === 'close') gates[0]?.close();
    if (query.get('reading') === 'close') gates[1]?.close();
    if (query.get('open') === 'all') {
      for (const open of gates) open.close();
      gates = [gate(8081), gate(8082)];
    }
    json(response, 200, { node });
  },
  '/counts': (_request, response) => json(response, 200, { node, ...counts }),
};

const TAKES_FILES =
  /^\/(api\/v1\/media|api\/v1\/specs(\/check)?|api\/v1\/apis\/[^/]+\/versions|catalog\/upload)$/;

const server = createServer((request, response) => {
  counts.requests++;
  const url = new URL(request.url ?? '/', 'http://portal');
  response.setHeader('x-portico-node', node);
  response.setHeader('x-request-id', String(request.headers['x-request-id'] ?? ''));
  const route = routes[url.pathname];
  if (route) return route(request, response, url.searchParams);
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    counts.bytes += chunk.length;
  });
  request.on('end', () => {
    if (url.search === '?die') return void request.socket.destroy();
    const answer = () =>
      TAKES_FILES.test(url.pathname) ? json(response, 201, { node, received }) : echo(request, response);
    setTimeout(answer, Number(url.searchParams.get('ms')));
  });
  request.on('error', () => response.destroy());
});
server.keepAliveTimeout = 75_000;
server.headersTimeout = 76_000;
server.requestTimeout = 0;
server.listen(8000);

process.on('SIGTERM', () => {
  for (const open of gates) open.close();
  // As the portal drains: gates first, then on with serving until a second has passed without a new request.
  let last = counts.requests;
  setInterval(() => {
    if (counts.requests === last) process.exit(0);
    last = counts.requests;
  }, 1000);
});

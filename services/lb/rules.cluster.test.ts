import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run } from '../cli/docker.ts';
import { type Answer, type Ask, ask } from '../drills/http.ts';
import { until } from '../drills/until.ts';
import { Rig, type Traffic } from './fake-portals.ts';

interface Echo {
  node: string;
  method: string;
  headers: Record<string, string>;
  edge: boolean;
}

let rig: Rig;
/** A description that is read for longer than any other write is waited for; asked first, looked at last. */
let longReading: Promise<Answer>;
before(async () => {
  rig = await Rig.up(2);
  longReading = rig.ask('/api/v1/specs?ms=22000', { method: 'POST', body: '' });
  longReading.catch(() => {}); // its own test is told
});
after(() => rig?.cluster.destroy());

const header = (answer: { headers: Record<string, unknown> }, name: string) => answer.headers[name];

test('the decisions: peers_test.lua, inside nginx', async () => {
  const told = await rig.cluster.exec('lb', ['nginx', '-c', '/etc/portico/test/unit.conf']);
  assert.match(told, /^\d\d+ checks passed$/m);
  assert.match(told, /^\d\d+ checks of the patience passed$/m);
  assert.match(told, /^\d\d+ checks of the counters passed$/m);
});

test('what passes through is counted, by how it ended and who answered, and only the portals may read it', async () => {
  const before = await rig.traffic();
  for (let i = 0; i < 4; i++) assert.equal((await rig.ask('/echo')).status, 200);
  assert.equal((await rig.ask('/slow?ms=400')).status, 200);
  assert.equal((await rig.ask('/blob-missing')).status, 500);
  assert.equal((await rig.ask('/unavailable')).status, 503);
  assert.equal((await rig.ask('/_blobs/00/00/0')).status, 404);
  assert.equal((await rig.ask('/-/ready')).status, 200);
  let now = before;
  await until('the seconds of all that are told', 10_000, async () => {
    now = await rig.traffic();
    return now.until - before.until >= 4 || `${now.until - before.until} s are over`;
  });
  const by = (outcome: string) => (now.outcomes[outcome] ?? 0) - (before.outcomes[outcome] ?? 0);
  assert.deepEqual(['2xx', '3xx', '4xx', '5xx', 'left'].map(by), [5, 0, 1, 2, 0]);
  assert.equal(now.again - before.again, 1, 'a 503 is asked of the other portal, too');
  const answered = (all: Traffic) => all.portals.reduce((sum, { requests }) => sum + requests, 0);
  assert.equal(answered(now) - answered(before), 7);
  const recent = now.seconds.slice(-(now.until - before.until));
  const total = (column: number) => recent.reduce((sum, second) => sum + (second[column] ?? 0), 0);
  assert.deepEqual([now.seconds.length, total(0), total(1), total(2)], [60, 8, 2, 1]);
  const worst = Math.max(...recent.map((second) => second[3] ?? 0));
  assert.ok(worst >= 400 && worst < 4_000, `the worst wait was ${worst} ms`);

  const url = `http://${await rig.cluster.address('lb')}:8090/-/lb`;
  assert.equal((await ask(url)).status, 404);
  assert.equal((await ask(url, { headers: { 'x-portico-edge': 'guess' } })).status, 404);
  const secret = await rig.cluster.secret('lb', 'edge-secret');
  const told = await ask(url, { headers: { 'x-portico-edge': secret } });
  assert.equal(told.json<{ traffic: Traffic }>().traffic.seconds.length, 60);
});

test('what a client says about itself is overwritten, and the portal can tell that the load balancer spoke', async () => {
  const headers = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'evil.example',
    forwarded: 'for=203.0.113.9',
    'x-real-ip': '203.0.113.9',
    'x-request-id': 'f'.repeat(32),
    'x-portico-edge': 'guess',
  };
  const answer = await rig.ask('/echo', { headers });
  const seen = answer.json<Echo>();
  assert.equal(seen.edge, true);
  assert.match(seen.headers['x-forwarded-for'] ?? '', /^\d+\.\d+\.\d+\.\d+$/);
  assert.equal(seen.headers['x-forwarded-proto'], 'https');
  assert.match(seen.headers['x-request-id'] ?? '', /^[0-9a-f]{32}$/);
  assert.notEqual(seen.headers['x-request-id'], 'f'.repeat(32));
  assert.equal(header(answer, 'x-request-id'), seen.headers['x-request-id']);
  assert.ok(!JSON.stringify(seen.headers).includes('203.0.113.9'));
  assert.ok(!JSON.stringify(seen.headers).includes('evil.example'));
});

test('the log bears the client, the portal and the request id, and neither a query nor a forged address', async () => {
  const answer = await rig.ask('/logged?secret=42', { headers: { 'x-forwarded-for': '203.0.113.9' } });
  const id = String(header(answer, 'x-request-id'));
  const line = await logLine(id);
  assert.equal(line.path, '/logged');
  assert.equal(line.status, 200);
  assert.equal(line.node, answer.node);
  assert.equal(line.client, answer.json<Echo>().headers['x-forwarded-for']);
  assert.ok(!JSON.stringify(line).includes('42,') && !JSON.stringify(line).includes('203.0.113.9'));
});

async function logLine(id: string): Promise<Record<string, unknown>> {
  let found = '';
  await until(`request ${id} is in the log`, 5_000, async () => {
    const { id: container } = await rig.cluster.part('lb');
    const { stdout } = await run(['logs', '--since', '30s', container]);
    found = stdout.split('\n').find((line) => line.includes(id)) ?? '';
    return found !== '' || 'it is not there';
  });
  return JSON.parse(found) as Record<string, unknown>;
}

test('plain HTTP is sent to HTTPS, on its own port and by mistake on the other', async () => {
  const answer = await ask(`${rig.plainUrl}/library?q=1`);
  assert.equal(answer.status, 308);
  assert.equal(header(answer, 'location'), `${rig.baseUrl}/library?q=1`);
  assert.ok(header(answer, 'x-request-id'));
  const slip = await ask(`${rig.baseUrl.replace('https:', 'http:')}/library`, { method: 'POST', body: '' });
  assert.equal(slip.status, 308);
  assert.equal(header(slip, 'location'), `${rig.baseUrl}/library`);
  assert.equal(header(await rig.ask('/echo'), 'strict-transport-security'), undefined);
});

test('whoever chooses between load balancers asks each about itself, over HTTP as over HTTPS', async () => {
  const plainly = (path: string, options: Ask = {}) => ask(new URL(path, rig.plainUrl), options);
  for (const askIt of [plainly, (path: string, options?: Ask) => rig.ask(path, options)]) {
    for (const path of ['/-/lb/live', '/-/lb/ready']) {
      const told = await askIt(path);
      assert.deepEqual([told.status, told.json<{ ok: boolean }>().ok], [200, true]);
      assert.equal(header(told, 'cache-control'), 'no-store');
      assert.equal((await askIt(path, { method: 'HEAD' })).status, 200);
    }
  }
});

test('a blob comes from the volume with the portal’s headers: its ETag, its sandbox, nosniff', async () => {
  const answer = await rig.ask('/blob');
  assert.equal(answer.status, 200);
  assert.equal(answer.body.length, 4096);
  assert.match(String(header(answer, 'etag')), /^"[0-9a-f]{64}"$/);
  assert.equal(header(answer, 'content-security-policy'), "sandbox; default-src 'none'");
  assert.equal(header(answer, 'x-content-type-options'), 'nosniff');
  assert.equal(header(answer, 'content-disposition'), 'inline; filename="page.html"');
  assert.equal(header(answer, 'cache-control'), 'private, max-age=31536000, immutable');
  assert.equal(header(answer, 'last-modified'), undefined);
  assert.equal(header(answer, 'x-accel-redirect'), undefined);
  assert.ok(answer.node && header(answer, 'x-request-id'));
});

test('a blob answers conditions and ranges by the portal’s ETag', async () => {
  const etag = String(header(await rig.ask('/blob'), 'etag'));
  assert.equal((await rig.ask('/blob', { headers: { 'if-none-match': etag } })).status, 304);
  assert.equal((await rig.ask('/blob', { headers: { 'if-none-match': '"other"' } })).status, 200);
  const part = await rig.ask('/blob', { headers: { range: 'bytes=4-11', 'if-range': etag } });
  assert.equal(part.status, 206);
  assert.equal(part.text(), 'uploaded');
  assert.equal(header(part, 'content-range'), 'bytes 4-11/4096');
  const whole = await rig.ask('/blob', { headers: { range: 'bytes=4-11', 'if-range': '"other"' } });
  assert.equal(whole.status, 200);
  assert.equal((await rig.ask('/blob', { headers: { range: 'bytes=9999-' } })).status, 416);
});

test('a blob that is missing is an error that nobody keeps, and tells no path', async () => {
  const answer = await rig.ask('/blob-missing');
  assert.equal(answer.status, 500);
  assert.equal(header(answer, 'cache-control'), 'no-store');
  assert.equal(header(answer, 'content-disposition'), undefined);
  assert.ok(!answer.text().includes('/data') && !answer.text().includes('0000000000'));
  assert.equal((await rig.ask('/_blobs/00/00/0')).status, 404);
});

test('an address that makes no sense is told so, to people and to programs', async () => {
  for (const [path, type] of [
    ['/apis/%E0%A4%A', /^text\/html/],
    ['/api/%E0%A4%A', /problem\+json/],
  ] as const) {
    const answer = await rig.ask(path);
    assert.equal(answer.status, 400, path);
    assert.match(`${header(answer, 'content-type')}`, type);
  }
});

test('those who ask for the same uncacheable page do not wait for one another', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => rig.ask('/slow?ms=300')));
  const worst = Math.max(...all.map(({ ms }) => ms));
  assert.ok(worst < 2_000, `${worst} ms`);
});

test('what programs make their requests conditional on reaches the portal', async () => {
  const headers = { 'if-match': '"3"', 'if-none-match': '"4"' };
  const seen = (await rig.ask('/api/v1/echo', { method: 'PUT', headers, body: '' })).json<Echo>().headers;
  assert.deepEqual([seen['if-match'], seen['if-none-match']], ['"3"', '"4"']);
});

test('too large is refused by its declared length: a page for people, a problem for programs', async () => {
  const upload = {
    method: 'POST',
    headers: { 'content-length': String(3 << 20), 'content-type': 'text/plain' },
  };
  const api = await rig.ask('/api/v1/media', { ...upload, body: Buffer.alloc(3 << 20) });
  assert.equal(api.status, 413);
  assert.equal(header(api, 'content-type'), 'application/problem+json');
  assert.equal(api.json<{ code: string }>().code, 'too-large');
  const page = await rig.ask('/library/upload', { ...upload, body: Buffer.alloc(3 << 20) });
  assert.equal(page.status, 413);
  assert.match(page.text(), /larger than this portal accepts/);
  const fits = await rig.ask('/api/v1/media', { method: 'POST', body: Buffer.alloc(3 << 19) });
  assert.deepEqual([fits.status, fits.json<{ received: number }>().received], [201, 3 << 19]);
  assert.equal((await rig.ask('/sign-in', { method: 'POST', body: Buffer.alloc(3 << 19) })).status, 413);
});

test('API descriptions pass up to what the portal takes of them; what lies beside their addresses does not', async () => {
  const MiB = 2 ** 20;
  const post = (path: string, bytes: number) =>
    rig.ask(path, { method: 'POST', body: Buffer.alloc(bytes), headers: { 'content-length': `${bytes}` } });
  const paths = ['/api/v1/specs', '/api/v1/specs/check', '/api/v1/apis/shop/versions', '/catalog/upload'];
  for (const path of paths) {
    const { received } = (await post(path, 33 * MiB)).json<{ received: number }>();
    assert.equal(received, 33 * MiB, path);
    const answer = await post(path, 35 * MiB);
    assert.deepEqual([answer.status, answer.node], [413, 'lb'], path);
  }
  assert.equal((await post('/api/v1/specs', 35 * MiB)).json<{ code: string }>().code, 'too-large');
  for (const path of ['/api/v1/apis', '/api/v1/apis/shop', '/api/v1/apis/shop/versions/1', '/catalog/shop'])
    assert.equal((await post(path, 2 * MiB)).status, 413, path);
  // Sent once only, as every write without a key of which nobody knows what became of it.
  const lost = await rig.ask('/api/v1/specs?die', { method: 'POST', body: Buffer.alloc(2 * MiB) });
  assert.deepEqual([lost.status, lost.node], [502, 'lb']);
});

test('a portal’s own 503 is asked of the other portal, and is given as it is when all say so', async () => {
  const { node } = (await rig.ask('/echo')).json<Echo>();
  for (let i = 0; i < 4; i++) assert.equal((await rig.ask(`/unavailable-on?node=${node}`)).status, 200);
  const answer = await rig.ask('/unavailable');
  assert.equal(answer.status, 503);
  assert.equal(header(answer, 'retry-after'), '3');
  assert.equal(answer.json<{ code: string }>().code, 'database-unavailable');
  const write = await rig.ask('/unavailable', { method: 'POST', body: '' });
  assert.equal(write.json<{ code: string }>().code, 'database-unavailable');
});

test('a read that one portal is slow with is asked of the other; a write is waited for', async () => {
  const read = await rig.ask('/slow?ms=2500');
  assert.equal(read.status, 200);
  assert.ok(read.ms > 3_000, `the second portal had to answer: ${read.ms} ms`);
  const write = await rig.ask('/slow?ms=2500', { method: 'POST', body: '' });
  assert.equal(write.status, 200);
  assert.ok(write.ms < 4_500, `the first portal answered: ${write.ms} ms`);
});

test('a request that may or may not have been carried out is told apart from one that nobody took', async () => {
  const answer = await rig.ask('/die', { method: 'POST', body: '' });
  assert.equal(answer.status, 502);
  assert.match(answer.text(), /look before you send it again/);
  const line = await logLine(String(header(answer, 'x-request-id')));
  assert.deepEqual([line.method, line.status], ['POST', 502]);
  const upload = await rig.ask('/library/upload?die', { method: 'POST', body: Buffer.alloc(3 << 19) });
  assert.equal(upload.status, 502);
  assert.equal((await rig.ask('/die-once', { method: 'DELETE' })).status, 200);
});

test('how far an upload has come is waited for: two portals at once would only wait for each other', async () => {
  const one = await rig.ask('/api/v1/uploads/01K?ms=2500', { method: 'HEAD' });
  assert.equal(one.status, 200);
  assert.ok(one.ms < 3_500, `the first portal answered: ${one.ms} ms`);
});

test('a description that takes long to read is waited for', async () => {
  const answer = await longReading;
  assert.equal(answer.status, 201);
  assert.ok(answer.ms >= 22_000, `${answer.ms} ms`);
});

test('portals whose 8081 is closed are asked only when no other is open', async () => {
  const { node } = (await rig.ask('/gate?full=close')).json<Echo>();
  await rig.waitFor(1);
  for (let i = 0; i < 6; i++) assert.notEqual((await rig.ask('/echo')).node, node);
  await rig.ask('/gate?full=close');
  await rig.waitFor(0);
  assert.deepEqual(
    (await rig.peers()).map(({ state }) => state),
    ['reading', 'reading'],
  );
  assert.equal((await rig.ask('/echo')).status, 200);
  for (const name of ['portal-1', 'portal-2'])
    await ask(`http://${await rig.cluster.address(name)}:8000/gate?open=all`);
  await rig.waitFor(2);
});

test('a trusted proxy’s word about the client is believed, and only the last address that it did not know', async () => {
  const gateway = (await rig.ask('/echo')).json<Echo>().headers['x-forwarded-for'];
  await rig.cluster.reconfigure('lb', { PORTICO_TRUSTED_PROXIES: `192.0.2.0/24, ${gateway}` });
  try {
    await rig.waitFor(2);
    const answer = await rig.ask('/echo', {
      headers: { 'x-forwarded-for': '1.2.3.4, 203.0.113.9, 192.0.2.7' },
    });
    assert.equal(answer.json<Echo>().headers['x-forwarded-for'], '203.0.113.9');
    const line = await logLine(String(header(answer, 'x-request-id')));
    assert.equal(line.client, '203.0.113.9');
  } finally {
    await rig.cluster.reconfigure('lb', {});
    await rig.waitFor(2);
  }
});

for (const mode of ['cookie', 'ip'] as const) {
  test(`sticky by ${mode}: one portal a client, and another without an error when it goes`, async () => {
    await rig.cluster.reconfigure('lb', { PORTICO_STICKY: mode });
    try {
      await rig.waitFor(2);
      const first = await rig.ask('/echo');
      const set = first.setCookie.find((one) => one.startsWith('portico_lb='));
      if (mode === 'cookie')
        assert.match(set ?? '', /^portico_lb=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
      else assert.equal(set, undefined);
      assert.deepEqual((await rig.ask('/public-long?sticky')).setCookie, []);
      const headers: Record<string, string> = set ? { cookie: set.split(';')[0] ?? '' } : {};
      for (let i = 0; i < 6; i++) assert.equal((await rig.ask('/echo', { headers })).node, first.node);
      const gone = await nameOf(first.node);
      await rig.cluster.kill(gone);
      const moved = await rig.ask('/echo', { headers });
      assert.equal(moved.status, 200);
      assert.notEqual(moved.node, first.node);
      assert.equal(moved.setCookie.length, mode === 'cookie' ? 1 : 0);
      await rig.cluster.start(gone);
    } finally {
      await rig.cluster.reconfigure('lb', {});
      await rig.waitFor(2);
    }
  });
}

/** A fake portal calls itself by its container's short id. */
async function nameOf(node: string | undefined): Promise<string> {
  const found = (await rig.cluster.portals()).find(({ id }) => node && id.startsWith(node));
  return `portal-${found?.index}`;
}

test('with every portal gone: the last good copy, then a page that says so, and a start of its own', async () => {
  const present = await rig.ask('/public');
  assert.equal(present.status, 200);
  assert.doesNotMatch(present.text(), /last good copy/);
  assert.equal((await rig.ask('/assets/site.css')).status, 200);
  await rig.cluster.kill('portal-1', 'portal-2');
  await rig.waitFor(0);
  await until('the copy is old', 5_000, async () => {
    const copy = await rig.ask('/public');
    return (copy.status === 200 && header(copy, 'x-portico-stale') === '1') || `${copy.status}`;
  });
  const marked =
    /^<body><p class="banner"[^>]*><span><strong>This is the last good copy, from \w{3}, .* GMT\.<.*<\/p>page /;
  const signedIn = { cookie: '__Host-portico=s' };
  for (const headers of [{}, signedIn, { range: 'bytes=0-3' }, { 'if-none-match': '*' }] as Record<
    string,
    string
  >[]) {
    const copy = await rig.ask('/public', { headers });
    assert.deepEqual([copy.status, header(copy, 'x-portico-stale'), copy.setCookie], [200, '1', []]);
    assert.match(copy.text(), marked);
  }
  // A page is nothing without its style sheet, which bears no banner: a browser may also keep the one that it has.
  for (const headers of [{}, signedIn] as Record<string, string>[]) {
    const style = await rig.ask('/assets/site.css', { headers });
    assert.deepEqual([style.status, style.text()], [200, 'body { color: teal }']);
    assert.deepEqual([header(style, 'x-portico-stale'), style.setCookie], ['1', []]);
  }
  const unknown = await rig.ask('/assets/other.css');
  assert.deepEqual([unknown.status, unknown.node], [503, 'lb']);
  assert.doesNotMatch(unknown.text(), /color: teal/);
  const head = await rig.ask('/public', { method: 'HEAD', headers: signedIn });
  assert.deepEqual([head.status, header(head, 'x-portico-stale')], [200, '1']);
  const form = await rig.ask('/public', { method: 'POST', body: '', headers: signedIn });
  assert.deepEqual([form.status, form.node], [503, 'lb']);
  const howFar = await rig.ask('/api/v1/uploads/01K', { method: 'HEAD' });
  assert.deepEqual([howFar.status, header(howFar, 'retry-after')], [423, '2']);
  assert.equal((await rig.ask('/api/v1/uploads/01K')).status, 503);
  const page = await rig.ask('/library', { headers: signedIn });
  assert.deepEqual([page.status, header(page, 'retry-after'), page.node], [503, '5', 'lb']);
  assert.match(page.text(), /http-equiv="refresh"/);
  assert.deepEqual([(await rig.ask('/-/lb/live')).status, (await rig.ask('/-/lb/ready')).status], [200, 503]);
  assert.match((await rig.ask('/-/lb/ready')).text(), /no portal is open/);
  const api = await rig.ask('/api/v1/media', { method: 'POST', body: 'x' });
  assert.deepEqual([api.status, header(api, 'content-type')], [503, 'application/problem+json']);

  await rig.cluster.stop('lb');
  const { exitCode } = await rig.cluster.part('lb');
  assert.equal(exitCode, 0);
  await rig.cluster.start('lb');
  await until(
    'it answers without knowing any portal',
    15_000,
    async () => (await rig.ask('/')).status === 503 || 'no',
  );
  // The copies are on a volume of their own.
  for (const headers of [{}, signedIn]) assert.match((await rig.ask('/public', { headers })).text(), marked);
  await rig.cluster.start('portal-1', 'portal-2');
  await rig.waitFor(2);
  assert.equal((await rig.ask('/echo')).status, 200);
});

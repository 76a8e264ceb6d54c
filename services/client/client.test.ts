import assert from 'node:assert/strict';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { after, describe, it } from 'node:test';
import { makeCertificate } from '../init/certificate.ts';
import { type ClientOptions, NoAnswer, PorticoClient } from './client.ts';

const open: http.Server[] = [];
after(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
});

interface Fake {
  url: string;
  /** Method, path and key of each request that came. */
  seen: string[];
  keys: Set<string>;
  behave(how: Behaviour): void;
}
type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

const fine: Behaviour = (request, response) => {
  request.resume().on('end', () => response.end(`{"by":"${request.headers.host}"}`));
};
const reset: Behaviour = (request) => request.socket.resetAndDestroy();
const hang: Behaviour = () => {};
const cutHalfWay: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('half', () => response.destroy());
};
const say =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end());
  };

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A load balancer that does as it is told. Its own health answers whatever the rest does, unless `frozen`. */
async function fake(how: Behaviour = fine, { frozen = false } = {}): Promise<Fake> {
  const made: Fake = {
    url: '',
    seen: [],
    keys: new Set(),
    behave: (next) => {
      how = next;
    },
  };
  const server = http.createServer((request, response) => {
    if (request.url === '/-/lb/live' && !frozen) {
      response.end();
      return;
    }
    made.seen.push(`${request.method} ${request.url}`);
    made.keys.add(String(request.headers['idempotency-key']));
    how(request, response);
  });
  open.push(server);
  made.url = `http://127.0.0.1:${await listen(server)}`;
  return made;
}

/** An address at which nobody listens. */
async function nobody(): Promise<string> {
  const server = http.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const QUICK = { connectMs: 500, silenceMs: 150, tryMs: 1_000, deadlineMs: 3_000 };
const clientOf = (addresses: string[], more: Partial<ClientOptions> = {}) =>
  new PorticoClient({ addresses, ...QUICK, ...more });

describe('a request through two addresses', () => {
  const faults: [string, Behaviour][] = [
    ['resets the connection', reset],
    ['cuts the answer half-way', cutHalfWay],
    ['says 502', say(502)],
    ['says 503, and to wait for an hour', say(503, { 'retry-after': '3600' })],
    ['says 504', say(504)],
    ['hangs for longer than a try may take', hang],
  ];
  for (const [what, how] of faults) {
    for (const method of ['GET', 'POST']) {
      it(`${method}: the one that ${what} costs a try, the other answers, with the same key`, async () => {
        const [bad, good] = [await fake(how), await fake()];
        const client = clientOf([bad.url, good.url]);
        const answer = await client.request('/x', { method, ...(method === 'POST' && { body: 'b' }) });
        assert.deepEqual([answer.status, answer.address, answer.failed.length], [200, good.url, 1]);
        assert.deepEqual([bad.seen, good.seen], [[`${method} /x`], [`${method} /x`]]);
        assert.equal(new Set([...bad.keys, ...good.keys]).size, 1);
        assert.equal(bad.keys.has('undefined'), method === 'GET');
        client.close();
      });
    }
  }

  it('one that is frozen is given up long before a try may end, and one that is merely slow is not', async () => {
    const [frozen, good] = [await fake(hang, { frozen: true }), await fake()];
    const began = performance.now();
    const client = clientOf([frozen.url, good.url], { tryMs: 30_000, deadlineMs: 30_000 });
    const answer = await client.request('/x');
    assert.match(answer.failed[0] ?? '', /fallen silent/);
    assert.ok(performance.now() - began < 10_000);

    const slow = await fake((request, response) => void setTimeout(() => fine(request, response), 900));
    const other = await fake();
    const patient = clientOf([slow.url, other.url], { tryMs: 30_000 });
    assert.equal((await patient.request('/x')).address, slow.url);
  });

  it('nobody listens at one: also what must not be done twice is sent to the other', async () => {
    const good = await fake();
    const client = clientOf([await nobody(), good.url]);
    const answer = await client.request('/x', { method: 'POST', body: 'b', idempotencyKey: false });
    assert.deepEqual([answer.status, [...good.keys]], [200, ['undefined']]);
    assert.match(answer.failed[0] ?? '', /ECONNREFUSED/);
  });

  it('a write without a key that got lost is not sent again', async () => {
    const [bad, good] = [await fake(reset), await fake()];
    const client = clientOf([bad.url, good.url]);
    await assert.rejects(
      client.request('/x', { method: 'POST', body: 'b', idempotencyKey: false }),
      (error) =>
        error instanceof NoAnswer && error.mayBeDone && /may have been carried out/.test(error.message),
    );
    assert.deepEqual(good.seen, []);
  });

  it('the load is even, goes to one while the other is away, and is even again', async () => {
    const [a, b] = [await fake(), await fake()];
    const client = clientOf([a.url, b.url]);
    const shares = async (requests: number) => {
      a.seen.length = b.seen.length = 0;
      for (let i = 0; i < requests; i++) assert.equal((await client.request('/x')).status, 200);
      return [a.seen.length, b.seen.length];
    };
    assert.deepEqual(await shares(10), [5, 5]);
    a.behave(reset);
    // One request finds out; the others do not ask it again while it is known to be bad.
    assert.deepEqual(await shares(10), [1, 10]);
    a.behave(fine);
    const deadline = performance.now() + 15_000;
    while ((await shares(4))[0] !== 2) assert.ok(performance.now() < deadline, 'it is not asked again');
  });
});

describe('many requests at once', () => {
  it('of them one alone finds out whether an address is well again', async () => {
    const [bad, good] = [await fake(reset), await fake()];
    const client = clientOf([bad.url, good.url]);
    await client.request('/x');
    bad.seen.length = 0;
    const deadline = performance.now() + 15_000;
    while (bad.seen.length === 0) {
      assert.ok(performance.now() < deadline, 'it is not asked again');
      await Promise.all(Array.from({ length: 10 }, () => client.request('/x')));
    }
    assert.equal(bad.seen.length, 1);
  });
});

describe('a request through one address', () => {
  it('waits as it is told to', async () => {
    let asked = 0;
    const one = await fake((request, response) =>
      (asked++ === 0 ? say(503, { 'retry-after': '1' }) : fine)(request, response),
    );
    const began = performance.now();
    const answer = await clientOf([one.url]).request('/x', { method: 'POST', body: 'b' });
    assert.deepEqual([answer.status, one.keys.size], [200, 1]);
    assert.ok(performance.now() - began >= 990);
  });

  it('has patience with a slow answer, on a connection that is used again as on a new one', async () => {
    const one = await fake((request, response) => void setTimeout(() => fine(request, response), 700));
    const client = clientOf([one.url], { tryMs: 10_000, deadlineMs: 10_000 });
    for (let i = 0; i < 2; i++) assert.deepEqual((await client.request('/x')).failed, []);
  });

  it('gives the 503 when its wish is longer than the deadline', async () => {
    const one = await fake(say(503, { 'retry-after': '60' }));
    const answer = await clientOf([one.url]).request('/x');
    assert.deepEqual([answer.status, one.seen.length], [503, 1]);
  });

  it('tries until the deadline and then says why each try was none', async () => {
    const began = performance.now();
    await assert.rejects(clientOf([await nobody()], { deadlineMs: 700 }).request('/x'), (error) => {
      assert.ok(error instanceof NoAnswer && !error.mayBeDone);
      assert.ok(error.failed.length > 1 && error.failed.every((why) => /ECONNREFUSED/.test(why)));
      return true;
    });
    assert.ok(performance.now() - began < 3_000);
  });

  it('is given up by its caller, while it is asked and while it waits', async () => {
    for (const how of [hang, say(503, { 'retry-after': '2' })]) {
      const one = await fake(how);
      const reason = new Error('enough');
      const asked = clientOf([one.url]).request('/x', { signal: AbortSignal.any([after100(reason)]) });
      await assert.rejects(asked, (error) => error === reason);
    }
  });

  function after100(reason: Error): AbortSignal {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 100);
    return controller.signal;
  }
});

describe('TLS', () => {
  it('the certificate that was given is trusted, another is not, and is not asked again and again', async () => {
    const [ours, theirs] = await Promise.all([1, 2].map(() => makeCertificate('lb.example', new Date())));
    assert.ok(ours && theirs);
    const server = https.createServer({ cert: ours.certificate, key: ours.key }, fine);
    open.push(server);
    const address = `https://localhost:${await listen(server)}`;
    const good = clientOf([address], { ca: ours.certificate });
    assert.equal((await good.request('/x')).status, 200);
    await assert.rejects(
      clientOf([address], { ca: theirs.certificate }).request('/x'),
      (error) => error instanceof NoAnswer && error.failed.length === 1 && !error.mayBeDone,
    );
    const named = clientOf([address], { ca: ours.certificate, serverName: 'lb.example' });
    assert.equal((await named.request('/x')).status, 200);
    const wrong = clientOf([address], { ca: ours.certificate, serverName: 'other.example' });
    await assert.rejects(wrong.request('/x'), NoAnswer);
  });
});

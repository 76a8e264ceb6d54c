import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { askDirectly } from './ask.ts';

const schema = z.object({ role: z.string() });

async function asked(answer: RequestListener | undefined) {
  const server = createServer(answer ?? (() => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  if (!answer) await new Promise((resolve) => server.close(resolve));
  try {
    return await askDirectly({
      host: '127.0.0.1',
      port,
      path: '/-/ready',
      headers: { 'x-key': 'k' },
      schema,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a part that is asked at its own address', () => {
  it('is believed whatever its status', async () => {
    const told = await asked((request, response) => {
      response.writeHead(503).end(JSON.stringify({ role: request.headers['x-key'] }));
    });
    assert.deepEqual(told, { answer: { role: 'k' } });
  });

  it('says nothing about itself when it was we who stood still', async () => {
    const told = await asked(() => {
      const until = performance.now() + 4_000;
      while (performance.now() < until);
    });
    assert.equal(told, undefined);
  });

  const table: [string, RequestListener | undefined, RegExp][] = [
    ['is not there', undefined, /^it does not answer: nobody listens$/],
    ['is silent', () => {}, /^it does not answer: nothing for 2 s$/],
    ['begins to answer and stops', (_, response) => response.writeHead(200).write('{'), /nothing for 2 s$/],
    ['hangs up', (request) => request.socket.destroy(), /^it does not answer: (it hung up|socket hang up)$/],
    ['says something else', (_, response) => response.end('{}'), /^it answers what cannot be read: .*/],
    ['says no JSON', (_, response) => response.end('<html>'), /^it answers what cannot be read: .*/],
  ];
  for (const [title, answer, fault] of table) {
    it(`and ${title} is said to be at fault`, async () => {
      const told = await asked(answer);
      assert.match(told && 'fault' in told ? told.fault : 'no fault', fault);
    });
  }
});

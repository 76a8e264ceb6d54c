/** What happens to API descriptions that come all at once: HTTP's side of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { until } from '../../drills/until.ts';
import { fixture } from '../../specs/test-specs.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';

let portal: TestPortal;
let token: string;
before(async () => {
  portal = await testPortal();
  token = await portal.token('publisher');
});
after(() => portal.close());

const FORM = '--B\r\nContent-Disposition: form-data; name="file"; filename="a.yaml"\r\n\r\n';
const END = '\r\n--B--\r\n';

/** Says that so many bytes will come, and sends none yet. */
function announce(bytes: number | undefined): ClientRequest {
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'multipart/form-data; boundary=B',
    ...(bytes === undefined ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': bytes }),
  };
  const sent = request(`${portal.url}/api/v1/specs/check`, { method: 'POST', headers, agent: false });
  sent.on('error', () => {}); // what the portal closes early
  sent.flushHeaders();
  return sent;
}

async function answerTo(sent: ClientRequest): Promise<{ status: number; after: string; body: Problem }> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = (await json(answer)) as Problem;
  return { status: answer.statusCode ?? 0, after: answer.headers['retry-after'] ?? '', body };
}
interface Problem {
  code: string;
  title: string;
}

const small = Buffer.concat([Buffer.from(FORM), fixture('tictactoe.yaml'), Buffer.from(END)]);

describe('API descriptions that come all at once', () => {
  it('are read and told about, without the bytes that were made of them', async () => {
    const sent = announce(small.length);
    sent.end(small);
    const { status, body } = await answerTo(sent);
    assert.deepEqual([status, body.title], [200, 'Tic Tac Toe']);
    const told = Object.keys(body);
    for (const made of ['document', 'yaml', 'compiled']) assert.ok(!told.includes(made), made);
  });

  it('find two places for the largest; the third hears 503 before it has sent a byte, until one is gone', async () => {
    // Whose length is not known takes as much room as the largest.
    const slow = [announce(undefined), announce(undefined)];
    const check = async () => {
      const sent = announce(small.length);
      sent.end(small);
      return (await answerTo(sent)).status;
    };
    await until('both places are taken', 5_000, async () => (await check()) === 503 || 'one is free');
    const { status, after, body } = await answerTo(announce(small.length));
    assert.deepEqual([status, after, body.code], [503, '10', 'busy']);
    slow[0]!.destroy();
    await until('one place is free', 5_000, async () => (await check()) === 200 || 'none is');
    slow[1]!.destroy();
  });

  it('are refused by their declared length, before a byte of them', async () => {
    const { status, body } = await answerTo(announce(2_000_000));
    assert.deepEqual([status, body.code], [413, 'too-large']);
  });
});

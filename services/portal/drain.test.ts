import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { drain, planDrain, type Traffic } from './drain.ts';

describe('planDrain', () => {
  const grace = 50_000;
  const table: [string, number, Traffic, string][] = [
    ['serves on at first, though nothing runs', 500, { running: 0, total: 1, lastStart: 0 }, 'serve'],
    ['is done a second later', 1_000, { running: 0, total: 1, lastStart: -9_000 }, 'done'],
    ['serves on while requests arrive', 4_000, { running: 0, total: 9, lastStart: 3_500 }, 'serve'],
    ['stops waiting for quiet after ten seconds', 10_000, { running: 0, total: 9, lastStart: 9_999 }, 'done'],
    ['finishes what runs', 5_000, { running: 2, total: 9, lastStart: 1_000 }, 'finish'],
    ['cuts what outlasts the grace period', 50_000, { running: 1, total: 9, lastStart: 1_000 }, 'cut'],
  ];
  for (const [title, now, traffic, step] of table) {
    it(title, () => assert.equal(planDrain(now, 0, traffic, grace).step, step));
  }
});

it('a draining server answers the request in hand, and then takes no other', async () => {
  const traffic: Traffic = { running: 0, total: 0, lastStart: -1 };
  let finish: () => void = () => {};
  const server = createServer((_request, response) => {
    traffic.running += 1;
    finish = () => {
      traffic.running -= 1;
      response.end('whole');
    };
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = fetch(url).then((response) => response.text());
  while (traffic.running === 0) await new Promise((resolve) => setTimeout(resolve, 5));

  const drained = drain(server, traffic, 20_000, pino({ level: 'silent' }));
  while (server.listening) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(traffic.running, 1, 'it is closed to new connections while the old request runs');
  finish();
  assert.equal(await answer, 'whole');
  await drained;
  await assert.rejects(fetch(url));
});

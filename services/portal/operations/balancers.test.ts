import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import type { TrafficTold } from '../assets/traffic.js';
import { asReport, type BalancerSight, balancerStatus, watchBalancers } from './balancers.ts';

const gate = (up: boolean) => ({ full: { up } });
const traffic: TrafficTold = {
  until: 100,
  seconds: [[7, 0, 0, 12]],
  waits: { bounds: [10, 50], counts: [0, 7, 0], seconds: 10 },
};
const report = { fresh: true, peers: [gate(true), gate(false)], traffic };
const sight: BalancerSight = {
  name: 'lb',
  address: '10.0.0.5',
  listed: true,
  report,
  lastSeenAt: '2026-01-01T00:00:00.000Z',
};

describe('a load balancer', () => {
  const table: [string, Partial<BalancerSight>, string, string[]][] = [
    ['that reaches a portal is serving', {}, 'serving', []],
    [
      'that reaches none is alone',
      { report: { ...report, peers: [gate(false)] } },
      'alone',
      ['lb sees no portal whose gate is open.'],
    ],
    [
      'that no longer checks is blind',
      { report: { ...report, fresh: false } },
      'blind',
      ['lb has stopped checking the portals.'],
    ],
    ['that does not answer is silent', { report: undefined }, 'silent', ['lb gave no answer within 1 s.']],
    [
      'that DNS has forgotten is gone',
      { listed: false, report: undefined },
      'gone',
      ['lb has left: no container answers to its name any more.'],
    ],
  ];
  for (const [title, change, state, reasons] of table) {
    it(title, () => {
      const status = balancerStatus({ ...sight, ...change });
      assert.deepEqual([status.state, status.reasons], [state, reasons]);
    });
  }
});

describe('what a load balancer says', () => {
  const table: [string, unknown, unknown][] = [
    ['whole', report, report],
    ['with its version', { ...report, version: '0.1.0+a' }, { ...report, version: '0.1.0+a' }],
    ['with a version that is none', { ...report, version: 7 }, report],
    ['without counters, as an older one', { fresh: true, peers: [] }, { fresh: true, peers: [] }],
    ['with counters that are none', { ...report, traffic: 'many' }, { fresh: true, peers: report.peers }],
    ['something else', { status: 'ok' }, undefined],
    ['nothing', null, undefined],
  ];
  for (const [title, said, understood] of table)
    it(title, () => assert.deepEqual(asReport(said), understood));
});

describe('watching them', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
  });
  const NOBODY = Object.assign(new Error('nobody'), { code: 'ENOTFOUND' });

  it('finds those that DNS names, asks with the secret, and remembers who has left', async () => {
    const secrets: unknown[] = [];
    const server = createServer((request, response) => {
      secrets.push(request.headers['x-portico-edge']);
      response.end(JSON.stringify(report));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    let failure: Error | undefined;
    const { look } = watchBalancers({
      names: ['lb', 'lb-2'],
      port: (server.address() as AddressInfo).port,
      secret: 'the secret',
      addressesOf: async (name) => {
        if (failure) throw failure;
        if (name === 'lb') return ['127.0.0.1'];
        throw NOBODY;
      },
    });
    const states = async () =>
      (await look()).map(balancerStatus).map(({ name, state }) => `${name} ${state}`);
    assert.deepEqual(await states(), ['lb serving']);
    assert.deepEqual(await states(), ['lb serving']);
    assert.deepEqual(secrets, ['the secret'], 'a second is fresh enough');
    const seen = async (expected: string) => {
      const deadline = performance.now() + 10_000;
      while ((await states()).join() !== expected) {
        assert.ok(performance.now() < deadline, expected);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    failure = new Error('DNS is away');
    const asked = secrets.length;
    await seen('lb serving');
    await new Promise<void>((resolve) => {
      const timer = setInterval(async () => {
        await look();
        if (secrets.length === asked) return;
        clearInterval(timer);
        resolve();
      }, 100);
    });
    assert.deepEqual(await states(), ['lb serving'], 'it was asked at the address that was known');
    failure = NOBODY;
    const before = secrets.length;
    while (secrets.length === before) {
      assert.deepEqual(await states(), ['lb serving'], 'who answers is there, whatever DNS says');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const held = await look();
    server.closeAllConnections();
    server.close();
    await seen('lb gone');
    assert.deepEqual(
      held.map(balancerStatus).map(({ state }) => state),
      ['serving'],
      'what was given stays',
    );
  });
});

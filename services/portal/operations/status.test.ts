import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import type { NodeReport } from '../../platform/database/types.ts';
import { shortName } from './node-name.ts';
import { asPortal, type PeerSight, portalStatus, serveElsewhere, watchPeers } from './peers.ts';
import { clusterStatus } from './status.ts';
import type { Readiness } from './types.ts';

const node = (name: string, change: Partial<NodeReport> = {}): NodeReport => ({
  name,
  state: 'synced',
  reason: 'synced',
  latencyMs: 1,
  role: 'standby',
  ...change,
});
const open = { open: true, reasons: [] };
const closed = (reason: string) => ({ open: false, reasons: [reason] });
const well: Readiness = {
  node: 'portal-1',
  version: '0.1.0',
  full: open,
  reading: open,
  uptime: 1,
  memory: 1,
  requests: { running: 0, total: 0 },
  volume: { ok: true, reason: '', freeBytes: 1 },
  media: { ok: true, reason: '' },
  database: {
    writer: 'db-1',
    nodes: [node('db-1', { role: 'writer' }), node('db-2'), node('db-3')],
    silentMs: 100,
  },
  generation: { n: 41, epoch: 57 },
};
const sight: PeerSight = {
  name: 'portal-2',
  address: '10.0.0.2',
  listed: true,
  answered: true,
  readiness: { ...well, node: 'portal-2' },
  latencyMs: 1,
  lastSeenAt: '2026-01-01T00:00:00.000Z',
  lastListed: 0,
};

describe('a portal', () => {
  const table: [string, Partial<PeerSight>, string, string[]][] = [
    ['that takes everything is serving', {}, 'serving', []],
    [
      'with only the reading gate open is reading',
      { readiness: { ...well, full: closed('no node') } },
      'reading',
      ['no node'],
    ],
    [
      'with both gates closed is closed',
      { readiness: { ...well, full: closed('draining'), reading: closed('draining') } },
      'closed',
      ['draining'],
    ],
    [
      'that does not answer is silent',
      { answered: false },
      'silent',
      ['portal-2 gave no answer within 1 s.'],
    ],
    [
      'that DNS has forgotten is gone',
      { listed: false, answered: false },
      'gone',
      ['portal-2 has left: no container answers to its name any more.'],
    ],
  ];
  for (const [title, change, state, reasons] of table) {
    it(title, () => {
      const status = portalStatus({ ...sight, ...change });
      assert.equal(status.state, state);
      assert.deepEqual(status.reasons, reasons);
    });
  }
});

describe('the cluster', () => {
  const at = new Date(0);
  const away = { state: 'away', reason: 'cannot be reached', role: 'none' } as const;
  const database = (writer: string | undefined, ...nodes: NodeReport[]) => ({ database: { writer, nodes } });
  const table: [string, Partial<Readiness>, Partial<PeerSight>, string, string[]][] = [
    ['is well when everything serves', {}, {}, 'ok', []],
    [
      'is degraded when a portal is silent',
      {},
      { answered: false },
      'degraded',
      ['portal-2 is not answering.'],
    ],
    [
      'is degraded when a database node is away',
      database('db-1', node('db-1'), node('db-2', away), node('db-3')),
      {},
      'degraded',
      ['db-2 cannot be reached.'],
    ],
    [
      'says that the next failure would count',
      database('db-1', node('db-1'), node('db-2', away)),
      {},
      'degraded',
      ['db-2 cannot be reached.', 'One database node is left: the next failure stops all changes.'],
    ],
    [
      'is failing when nobody takes writes',
      database(undefined, node('db-1', away)),
      {},
      'failing',
      ['No database node takes writes: published pages go on, changes do not.', 'db-1 cannot be reached.'],
    ],
    [
      'is failing without its volume',
      { volume: { ok: false, reason: 'It is not mounted.', freeBytes: undefined } },
      {},
      'failing',
      ['The volume is not usable: It is not mounted.'],
    ],
    [
      'is degraded on a full volume',
      { volume: { ok: true, reason: 'full', freeBytes: -1 } },
      {},
      'degraded',
      ['The volume is too full: uploads are refused until space is made.'],
    ],
    [
      'is degraded when a file is not whole',
      { media: { ok: false, reason: '1 file is not whole.' } },
      {},
      'degraded',
      ['1 file is not whole.'],
    ],
    [
      'is failing when no portal takes everything',
      { full: closed('old schema') },
      { answered: false },
      'failing',
      [
        'No portal takes everything.',
        'portal-1 is serving published pages only.',
        'portal-2 is not answering.',
      ],
    ],
  ];
  for (const [title, change, peer, state, alarms] of table) {
    it(title, () => {
      const status = clusterStatus({ ...well, ...change }, [portalStatus({ ...sight, ...peer })], at);
      assert.equal(status.state, state);
      assert.deepEqual(status.alarms, alarms);
      assert.deepEqual(
        status.portals.map(({ name }) => name),
        ['portal-1', 'portal-2'],
      );
    });
  }
});

describe('the load balancers', () => {
  const report = { fresh: true, peers: [{ full: { up: true } }] };
  const lb = { name: 'lb', address: '', listed: true, report, lastSeenAt: undefined };
  const ofTwo = (change: object) =>
    clusterStatus(well, [], new Date(0), undefined, [lb, { ...lb, name: 'lb-2', ...change }]);
  const table: [string, object, string, string[]][] = [
    ['both well', {}, 'ok', []],
    ['one that does not answer', { report: undefined }, 'degraded', ['lb-2 is not answering.']],
    ['one that has left', { listed: false }, 'degraded', ['lb-2 is gone.']],
    [
      'one that checks no more',
      { report: { ...report, fresh: false } },
      'degraded',
      ['lb-2 is no longer checking the portals.'],
    ],
  ];
  for (const [title, change, state, alarms] of table) {
    it(title, () => {
      const status = ofTwo(change);
      assert.deepEqual([status.state, status.alarms], [state, alarms]);
      assert.deepEqual(
        status.balancers.map(({ name }) => name),
        ['lb', 'lb-2'],
      );
    });
  }
  it('that count nothing leave the traffic unknown', () => assert.equal(ofTwo({}).traffic, undefined));
});

describe('the name of a container', () => {
  const table: [string, string | undefined][] = [
    ['portico-portal-1.portico_dmz', 'portal-1'],
    ['my-own-project-portal-12.my-own-project_internal', 'portal-12'],
    ['portico_portal_2.portico_dmz', 'portal-2'],
    ['portico-2-portal-3.portico-2_dmz', 'portal-3'],
    ['localhost', undefined],
    ['host.name-1.example', undefined],
  ];
  for (const [dns, name] of table) it(`${dns} is ${name}`, () => assert.equal(shortName(dns), name));
});

describe('watching the others', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
  });

  it('finds them by DNS, asks each, and remembers who has left', async () => {
    const answer = JSON.stringify({ ...well, node: 'portal-2', full: closed('draining') });
    const server = createServer((_request, response) => response.writeHead(503).end(answer));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    let addresses = ['127.0.0.1', '127.0.0.2'];
    const peers = watchPeers({
      self: 'portal-1',
      understand: asPortal,
      dnsName: 'portal',
      port: (server.address() as AddressInfo).port,
      addresses: async () => addresses,
      nameOf: async () => 'portal-3',
    });
    const states = async () =>
      (await peers.look()).map(portalStatus).map(({ name, state }) => `${name} ${state}`);
    assert.deepEqual((await states()).sort(), ['portal-2 reading', 'portal-3 silent']);
    const held = await peers.look();
    addresses = ['127.0.0.2'];
    assert.deepEqual(
      (await states()).sort(),
      ['portal-2 reading', 'portal-3 silent'],
      'a second is fresh enough',
    );
    const deadline = performance.now() + 10_000;
    while (!(await states()).includes('portal-2 gone')) {
      assert.ok(performance.now() < deadline);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(
      held.every(({ listed }) => listed),
      'who still holds what an earlier look found keeps it as it was',
    );
    peers.stop();
  });

  it('says of nobody that it is silent for one answer that was missed', async () => {
    const answer = JSON.stringify({ ...well, node: 'portal-2' });
    let missed = 0;
    const server = createServer((_request, response) => {
      if (missed-- > 0) response.destroy();
      else response.end(answer);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const peers = watchPeers({
      understand: asPortal,
      dnsName: 'portal',
      port: (server.address() as AddressInfo).port,
      addresses: async () => ['127.0.0.1'],
    });
    const seen = async (missing: number) => {
      missed = missing;
      const [sight] = await peers.look();
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      return sight && portalStatus(sight).state;
    };
    assert.deepEqual([await seen(0), await seen(1), await seen(2)], ['serving', 'serving', 'silent']);
    peers.stop();
  });
});

describe('whether others serve', () => {
  const sight = (answered: boolean, readiness = well): PeerSight => ({
    name: 'portal-2',
    address: '10.0.0.2',
    listed: true,
    answered,
    readiness,
    latencyMs: 1,
    lastSeenAt: undefined,
    lastListed: 0,
  });
  const table: [what: string, looked: Promise<PeerSight[]>, serve: boolean][] = [
    ['nobody is there', Promise.resolve([]), false],
    ['one takes everything', Promise.resolve([sight(true)]), true],
    [
      'one that has not heard it either',
      Promise.resolve([sight(true, { ...well, database: { ...well.database, silentMs: 600 } })]),
      false,
    ],
    [
      'one that does not say whether it hears one',
      Promise.resolve([sight(true, { ...well, database: { writer: 'db-1', nodes: [] } })]),
      false,
    ],
    ['one took everything and is silent', Promise.resolve([sight(false)]), false],
    ['one reads only', Promise.resolve([sight(true, { ...well, full: closed('no database') })]), false],
    ['the look takes too long', new Promise(() => {}), false],
  ];
  for (const [what, looked, serve] of table)
    it(what, async () => assert.equal(await serveElsewhere({ look: () => looked })(1_000), serve));
});

describe('what is published', () => {
  const other = (generation: Readiness['generation'], state: 'serving' | 'gone' = 'serving') => {
    const { generation: _, ...older } = well;
    const readiness = { ...older, node: 'portal-2', ...(generation && { generation }) };
    return { ...portalStatus({ ...sight, readiness }), state };
  };
  const table: [what: string, others: ReturnType<typeof other>[], epoch: number][] = [
    ['is what the only portal says', [], 57],
    [
      'is what the latest activation made it, also when that was one of an earlier number',
      [other({ n: 40, epoch: 58 })],
      58,
    ],
    ['is not what one says that is behind', [other({ n: 42, epoch: 56 })], 57],
    ['is not what one said that is gone', [other({ n: 42, epoch: 58 }, 'gone')], 57],
    ['is known also beside one of the release before', [other(undefined)], 57],
  ];
  for (const [what, others, epoch] of table)
    it(what, () => assert.equal(clusterStatus(well, others, new Date()).generation?.epoch, epoch));
});

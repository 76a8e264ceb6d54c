import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container } from '../docker.ts';
import { json, plain } from './lines.ts';
import type { BalancerSaid, Seen } from './look.ts';
import { Story } from './story.ts';

const long = new Date('2026-01-01T00:00:00Z');
const container = (service: string, index: number, change: Partial<Container> = {}): Container => ({
  id: `${service}-${index}`,
  name: `portico-${service}-${index}`,
  service,
  index,
  state: service === 'init' || service === 'migrate' ? 'exited' : 'running',
  health: undefined,
  exitCode: 0,
  image: '',
  imageId: 'sha256:1',
  addresses: {},
  ports: {},
  startedAt: long,
  restarts: 0,
  ...change,
});
const open = { open: true, reasons: [] };
const portal = (node: string) => ({
  answer: {
    node,
    full: open,
    reading: open,
    media: { ok: true, reason: '' },
    database: { writer: 'db-1', nodes: [] },
  },
});
const agent = (role: 'primary' | 'secondary') => ({ answer: { role, reason: '', uptime: 9, jobs: [] } });
const synced = { answer: { state: 'primary', synced: true, reason: '' } };
const gate = { up: true, reason: '' };
const counted = (portal1: number, failed = 0): BalancerSaid => ({
  fresh: true,
  peers: [1, 2].map((n) => ({ address: `10.0.0.${n}`, full: gate, reading: gate })),
  traffic: {
    until: 1_000 + portal1,
    seconds: [[20, failed, 0, 30]],
    waits: { bounds: [10, 50], counts: [1, 19, 0], seconds: 10 },
    portals: [
      { name: 'portal-1', requests: portal1, failed: 0 },
      { name: 'portal-2', requests: 50, failed: 0 },
    ],
  },
});
const SERVICES = ['db-1', 'db-2', 'db-3', 'init', 'lb', 'migrate'];
const whole = (): Seen => {
  const containers = [
    ...SERVICES.map((service) => container(service, 1)),
    ...[1, 2].flatMap((index) => [container('portal', index), container('agent', index)]),
  ];
  const balancer = { answer: counted(100) };
  return {
    containers,
    portals: new Map([1, 2].map((n) => [`portal-${n}`, portal(`portal-${n}`)])),
    agents: new Map([
      ['agent-1', agent('primary')],
      ['agent-2', agent('secondary')],
    ]),
    databases: new Map(['db-1', 'db-2', 'db-3'].map((name) => [`${name}-1`, synced])),
    balancers: new Map([['lb-1', balancer]]),
    records: undefined,
    fronts: [{ service: 'lb', address: 'https://localhost:8443', told: { answer: 200 } }],
    engine: undefined,
  };
};
/** The same, but for one container. */
const but = (id: string, change: Partial<Container>): Seen => {
  const seen = whole();
  return { ...seen, containers: seen.containers.map((one) => (one.id === id ? { ...one, ...change } : one)) };
};

describe('a story', () => {
  const row = (seen: Seen, name: string) => {
    const found = new Story()
      .next(seen, new Date(long.getTime() + 60_000))
      .rows.find((one) => one.name === name);
    return found && `${found.tone} ${found.state} ${found.role || '-'} ${found.reason || found.facts || '-'}`;
  };
  const told = (
    kind: 'portals' | 'agents' | 'databases' | 'balancers',
    id: string,
    answer: unknown,
  ): Seen => {
    const seen = whole();
    return { ...seen, [kind]: new Map<string, unknown>([...seen[kind], [id, answer]]) } as Seen;
  };
  const shut = { open: false, reasons: ['the database is away'] };
  const fault = { fault: 'it does not answer: nobody listens' };
  const table: [string, Seen, string, string][] = [
    ['a portal that serves', whole(), 'portal-1', 'good serving serving -'],
    [
      'a portal that was killed',
      but('portal-2', { state: 'exited', exitCode: 137 }),
      'portal-2',
      'bad killed - exit 137',
    ],
    ['one that was stopped', but('portal-2', { state: 'exited' }), 'portal-2', 'bad stopped - exit 0'],
    [
      'one that is frozen',
      but('db-1-1', { state: 'paused' }),
      'db-1',
      'bad frozen - its container is paused',
    ],
    ['one that is silent', told('portals', 'portal-1', fault), 'portal-1', `bad silent - ${fault.fault}`],
    [
      'one that has just begun',
      {
        ...told('portals', 'portal-1', fault),
        containers: but('portal-1', { startedAt: new Date() }).containers,
      },
      'portal-1',
      'warn starting - -',
    ],
    [
      'a portal that only reads',
      told('portals', 'portal-1', { answer: { ...portal('portal-1').answer, full: shut } }),
      'portal-1',
      'warn only reading - the database is away',
    ],
    [
      'a portal that is closed',
      told('portals', 'portal-1', { answer: { ...portal('portal-1').answer, full: shut, reading: shut } }),
      'portal-1',
      'bad closed - the database is away',
    ],
    ['the writer', whole(), 'db-1', 'good synced writer takes the writes'],
    ['a standby', whole(), 'db-2', 'good synced standby -'],
    [
      'a node that comes back',
      told('databases', 'db-2-1', { answer: { state: 'joining', reason: 'it joins db-1' } }),
      'db-2',
      'warn joining - it joins db-1',
    ],
    [
      'a node that waits for the others',
      told('databases', 'db-2-1', { answer: { state: 'stopped', reason: 'it waits for db-3' } }),
      'db-2',
      'warn waiting - it waits for db-3',
    ],
    ['the primary agent', whole(), 'agent-1', 'good primary primary runs the jobs'],
    ['the load balancer', whole(), 'lb', 'good serving 2 of 2 portals open 2 of 2 portals open'],
    [
      'one that is gone for good',
      { ...whole(), containers: whole().containers.filter(({ id }) => id !== 'db-3-1') },
      'db-3',
      'gone not there - it has no container',
    ],
    ['what has done its work', whole(), 'migrate', 'undefined'],
  ];
  for (const [title, seen, name, expected] of table) {
    it(title, () => assert.equal(String(row(seen, name)), expected));
  }

  it('has what changed from look to look, and what the load balancers counted', () => {
    const story = new Story();
    const first = story.next(whole(), new Date(long.getTime()), 0);
    assert.deepEqual([first.verdict.state, first.news], ['whole', []]);
    const killed = but('portal-2', { state: 'exited', exitCode: 137 });
    killed.balancers = new Map([['lb-1', { answer: counted(400, 2) }]]);
    const next = story.next(killed, new Date(long.getTime() + 2_000), 2_000);
    assert.deepEqual(next.news.map(({ text }) => text).sort(), [
      '2 requests of 20 failed within a second',
      'portal-2 is killed: exit 137',
    ]);
    assert.equal(next.verdict.state, 'degraded');
    assert.equal(next.rows.find(({ name }) => name === 'portal-1')?.facts, '150 requests/s');
    assert.equal(story.events.length, 2);
  });

  it('is told as lines, too', () => {
    const story = new Story();
    const chapter = story.next(whole(), new Date('2026-01-01T10:41:07Z'));
    const second = JSON.parse(json.second(chapter)) as {
      type: string;
      parts: unknown[];
      traffic: { perSecond: number };
    };
    assert.deepEqual([second.type, second.parts.length, second.traffic.perSecond], ['second', 8, 20]);
    assert.match(plain.second(chapter), /^\d\d:\d\d:07 {3}the cluster is whole; 20 requests\/s, 0 failed\/s/);
    const event = { at: chapter.at.getTime(), name: 'db-1', tone: 'bad' as const, text: 'db-1 is away' };
    assert.deepEqual(JSON.parse(json.event(event)), {
      type: 'event',
      ...event,
      at: '2026-01-01T10:41:07.000Z',
    });
    assert.match(plain.event(event), /^\d\d:\d\d:07 ✗ db-1 is away$/);
  });
});

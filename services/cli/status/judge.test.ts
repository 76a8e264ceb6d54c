import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Container } from '../docker.ts';
import { judge } from './judge.ts';
import type { Observed, Told } from './observe.ts';

const SERVICES = ['init', 'migrate', 'db-1', 'db-2', 'db-3', 'lb', 'portal', 'portal', 'agent', 'agent'];

function container(service: string, index: number, changes: Partial<Container> = {}): Container {
  const done = service === 'init' || service === 'migrate';
  return {
    id: `${service}-${index}`,
    name: `portico-${service}-${index}`,
    service,
    index,
    state: done ? 'exited' : 'running',
    health: undefined,
    exitCode: 0,
    image: 'portico',
    imageId: 'sha256:1',
    addresses: {},
    ports: {},
    startedAt: new Date(0),
    restarts: 0,
    ...changes,
  };
}

const NOW = new Date('2026-01-01T12:00:30Z');
const COLLECT = {
  name: 'collect',
  title: 'Collect',
  schedule: '0 0 * * * *',
  nextRun: '2026-01-01T13:00:00.000Z',
  everySeconds: 3_600,
  running: false,
};
const DONE = {
  job: 'collect',
  state: 'done' as 'done' | 'failed' | 'running',
  agent: 'agent-1',
  startedAt: new Date('2026-01-01T12:00:00Z'),
  endedAt: new Date('2026-01-01T12:00:02Z'),
  result: 'Nothing to collect.',
};

const sees = (gate: { up: boolean; reason: string }) => ({
  answer: { fresh: true, peers: ['a', 'b'].map((address) => ({ address, full: gate, reading: gate })) },
});

/** A cluster in which all is well, and what `change` makes of it. */
function observed(change: (all: Observed) => void = () => {}): Observed {
  const open = { open: true, reasons: [] };
  const gate = { up: true, reason: '' };
  const readiness = (node: string) => ({
    answer: {
      node,
      full: open,
      reading: open,
      media: { ok: true, reason: '' },
      database: { writer: 'db-1', nodes: [] },
    },
  });
  const primary = { answer: { state: 'primary', synced: true, reason: '' } };
  const all: Observed = {
    containers: SERVICES.map((service, i) => container(service, SERVICES.indexOf(service) === i ? 1 : 2)),
    portals: new Map(['portal-1', 'portal-2'].map((id) => [id, readiness(id)])),
    agents: new Map([
      ['agent-1', { answer: { role: 'primary', reason: '', uptime: 9_000, jobs: [COLLECT] } }],
      [
        'agent-2',
        { answer: { role: 'secondary', reason: 'agent-1 holds it', uptime: 9_000, jobs: [COLLECT] } },
      ],
    ]),
    databases: new Map(['db-1-1', 'db-2-1', 'db-3-1'].map((id) => [id, primary])),
    balancers: new Map([['lb-1', sees(gate)]]),
    records: { answer: { runs: [DONE], findings: 0 } },
    fronts: [{ service: 'lb', address: 'https://localhost:8443', told: { answer: 200 } }],
  };
  change(all);
  return all;
}

function secondBalancer(all: Observed, told: Told<number>): void {
  all.containers.push(container('lb-2', 1));
  all.balancers.set('lb-2-1', sees({ up: true, reason: '' }));
  all.fronts.push({ service: 'lb-2', address: 'https://localhost:8444', told });
}

function front(all: Observed, told: Told<number>): void {
  all.fronts[0]!.told = told;
}

function alter(all: Observed, service: string, changes: Partial<Container>): void {
  all.containers = all.containers.map((one) => (one.service === service ? { ...one, ...changes } : one));
}

describe('judge', () => {
  const away = { open: false, reasons: ['no synced database node is reached'] };
  const table: [string, (all: Observed) => void, 'whole' | 'degraded' | 'down', RegExp][] = [
    ['all is well', () => {}, 'whole', /^$/],
    [
      'a database node is stopped',
      (all) => alter(all, 'db-2', { state: 'exited', exitCode: 137 }),
      'degraded',
      /portico-db-2-1: it is exited \(exit 137\): docker start/,
    ],
    [
      'a database node is frozen',
      (all) => alter(all, 'db-3', { state: 'paused' }),
      'degraded',
      /db-3-1: it is frozen: docker unpause/,
    ],
    [
      'a database node waits',
      (all) =>
        all.databases.set('db-1-1', {
          answer: { state: 'stopped', synced: false, reason: 'waits for db-2 and db-3' },
        }),
      'degraded',
      /db-1-1: waits for db-2 and db-3/,
    ],
    [
      'a database node without the majority',
      (all) =>
        all.databases.set('db-1-1', { answer: { state: 'non-primary', reason: 'has lost the majority' } }),
      'degraded',
      /db-1-1: has lost the majority/,
    ],
    [
      'a database node does not answer',
      (all) => all.databases.set('db-1-1', { fault: 'it does not answer: too slow' }),
      'degraded',
      /db-1-1: it does not answer/,
    ],
    [
      'the database is away: pages are served',
      (all) => {
        for (const told of all.portals.values()) if ('answer' in told) told.answer.full = away;
        front(all, { answer: 503 });
      },
      'degraded',
      /\/-\/ready says 503/,
    ],
    [
      'a container is gone',
      (all) => {
        all.containers = all.containers.filter((one) => one.service !== 'db-2');
      },
      'degraded',
      /db-2: it has no container/,
    ],
    [
      'migrate has failed',
      (all) => alter(all, 'migrate', { exitCode: 1 }),
      'degraded',
      /migrate-1: it failed \(exit 1\): npx portico logs migrate/,
    ],
    [
      'init is at work',
      (all) => alter(all, 'init', { state: 'running' }),
      'degraded',
      /init-1: it has not finished/,
    ],
    [
      'the load balancer sees one portal shut',
      (all) => {
        const told = all.balancers.get('lb-1');
        if (told && 'answer' in told) told.answer.peers[1]!.full = { up: false, reason: 'refused' };
      },
      'degraded',
      /it sees 1 of 2 portals open; b: refused/,
    ],
    [
      'the load balancer is stopped',
      (all) => {
        alter(all, 'lb', { state: 'exited' });
        front(all, { fault: 'https://localhost:8443 does not answer: refused' });
      },
      'down',
      /does not answer: refused/,
    ],
    ['two load balancers', (all) => secondBalancer(all, { answer: 200 }), 'whole', /^$/],
    [
      'of two load balancers one is stopped',
      (all) => {
        secondBalancer(all, { answer: 200 });
        alter(all, 'lb', { state: 'exited' });
        front(all, { fault: 'https://localhost:8443 does not answer: refused' });
      },
      'degraded',
      /8443 does not answer: refused\nportico-lb-1: it is exited/,
    ],
    [
      'the second load balancer is gone',
      (all) => {
        secondBalancer(all, { fault: 'https://localhost:8444 does not answer: refused' });
        all.containers = all.containers.filter((one) => one.service !== 'lb-2');
      },
      'degraded',
      /8444 does not answer: refused\nlb-2: it has no container/,
    ],
    [
      'both load balancers are gone',
      (all) => {
        secondBalancer(all, { fault: 'https://localhost:8444 does not answer: refused' });
        front(all, { fault: 'https://localhost:8443 does not answer: refused' });
      },
      'down',
      /8443 does not answer.*\n.*8444 does not answer/,
    ],
    [
      'two load balancers reach no portal that takes everything: said once',
      (all) => {
        secondBalancer(all, { answer: 503 });
        front(all, { answer: 503 });
      },
      'degraded',
      /^no portal takes everything now \(\/-\/ready says 503\)$/,
    ],
    [
      'no portal is reached',
      (all) => {
        front(all, { answer: 502 });
      },
      'down',
      /reaches no portal/,
    ],
  ];
  for (const [title, change, state, reason] of table) {
    test(`${title}: ${state}`, () => {
      const verdict = judge(observed(change), NOW);
      assert.equal(verdict.state, state);
      assert.match(verdict.reasons.join('\n'), reason);
    });
  }

  test('it says at which addresses the cluster serves', () => {
    const one = judge(observed((all) => secondBalancer(all, { fault: 'refused' })));
    assert.deepEqual(one.serving, ['https://localhost:8443']);
    const two = judge(observed((all) => secondBalancer(all, { answer: 200 })));
    assert.deepEqual(two.serving, ['https://localhost:8443', 'https://localhost:8444']);
  });

  test('each part says its version; a kind of part that runs in two is told, and the cluster is whole all the same', () => {
    const answers = (all: Observed) =>
      [all.portals, all.agents, all.databases, all.balancers].flatMap((told) => [...told.values()]);
    const run = (change: (all: Observed) => void) =>
      judge(
        observed((all) => {
          for (const told of answers(all))
            if ('answer' in told) told.answer = { ...told.answer, version: 'a' };
          change(all);
        }),
        NOW,
      );
    const same = run(() => {});
    assert.deepEqual([same.mixed, same.parts.map(({ version }) => version).join('')], [[], 'a'.repeat(8)]);

    const other = run((all) => {
      const told = all.agents.get('agent-2');
      if (told && 'answer' in told) told.answer.version = 'b';
      // Another image altogether: its version says nothing of the others'.
      for (const one of all.databases.values()) if ('answer' in one) one.answer.version = 'c';
    });
    assert.deepEqual(other.mixed, [
      'The portals and agents run 2 versions: a (portico-portal-1, portico-portal-2, portico-agent-1); b (portico-agent-2).',
    ]);
    assert.equal(other.state, 'whole');
  });

  test('a part of a release that did not say its version is not taken for another version', () => {
    assert.deepEqual(judge(observed()).mixed, []);
  });

  test('a portal says which generation it has, unless nothing was published', () => {
    const rolesAt = (n: number) => {
      const all = observed((one) => {
        for (const told of one.portals.values())
          if ('answer' in told) told.answer.generation = { n, epoch: n };
      });
      return judge(all)
        .parts.filter(({ service }) => service === 'portal')
        .map(({ role }) => role);
    };
    assert.deepEqual(rolesAt(41), ['serving 41', 'serving 41']);
    assert.deepEqual(rolesAt(0), ['serving', 'serving']);
  });

  test('each part has its role, in the order in which a request meets them', () => {
    assert.deepEqual(
      judge(observed()).parts.map((part) => [part.container, part.role]),
      [
        ['portico-lb-1', '2 of 2 portals open'],
        ['portico-portal-1', 'serving'],
        ['portico-portal-2', 'serving'],
        ['portico-agent-1', 'primary'],
        ['portico-agent-2', 'secondary'],
        ['portico-db-1-1', 'writer'],
        ['portico-db-2-1', 'standby'],
        ['portico-db-3-1', 'standby'],
        ['portico-init-1', 'done'],
        ['portico-migrate-1', 'done'],
      ],
    );
  });
});

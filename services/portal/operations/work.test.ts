import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentReadiness } from '../../agent/types.ts';
import { agentStatus, type PeerSight } from './peers.ts';
import { clusterStatus } from './status.ts';
import type { AgentStatus, JobStatus, Readiness, RunStatus } from './types.ts';

/** What the cluster's state says of its agents and their jobs. */
const at = new Date('2026-01-01T00:00:00Z');
const open = { open: true, reasons: [] };
const node = { state: 'synced', reason: 'synced', latencyMs: 1, role: 'standby' } as const;
const portal: Readiness = {
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
    nodes: [
      { ...node, name: 'db-1', role: 'writer' },
      { ...node, name: 'db-2' },
    ],
  },
};
const said = (name: string, role: AgentReadiness['role']): AgentReadiness => ({
  node: name,
  version: '0.1.0',
  role,
  reason: `${name} says why`,
  token: 3,
  uptime: 1,
  memory: 1,
  jobs: [],
});
const sight = (
  name: string,
  role: AgentReadiness['role'],
  change: Partial<PeerSight<AgentReadiness>> = {},
): PeerSight<AgentReadiness> => ({
  name,
  address: '10.0.0.9',
  listed: true,
  answered: true,
  readiness: said(name, role),
  latencyMs: 1,
  lastSeenAt: at.toISOString(),
  lastListed: 0,
  ...change,
});
const run = (change: Partial<RunStatus> = {}): RunStatus => ({
  job: 'collect',
  slot: at.toISOString(),
  requestedBy: undefined,
  attempt: 1,
  agent: 'agent-1',
  token: 3,
  state: 'done',
  startedAt: at.toISOString(),
  endedAt: at.toISOString(),
  result: 'Nothing to collect.',
  ...change,
});
const job = (change: Partial<JobStatus> = {}): JobStatus => ({
  name: 'collect',
  title: 'Collect',
  schedule: '0 0 * * * *',
  nextRun: at.toISOString(),
  requested: false,
  running: false,
  runsKnown: true,
  overdue: false,
  lastRun: run(),
  ...change,
});

const primary = sight('agent-1', 'primary');
const secondary = sight('agent-2', 'secondary');

describe('the cluster’s alarms about what is scheduled', () => {
  const table: [string, PeerSight<AgentReadiness>[], JobStatus[], string[]][] = [
    ['none, with a primary, a secondary and a job that was done', [primary, secondary], [job()], []],
    ['none while a job never ran', [primary, secondary], [job({ lastRun: undefined })], []],
    ['no agent at all', [], [], ['No agent is there: nothing that is scheduled is done.']],
    [
      'one agent alone',
      [primary],
      [],
      ['One agent is left: when it goes, nothing that is scheduled is done.'],
    ],
    [
      'the secondary silent',
      [primary, sight('agent-2', 'secondary', { answered: false })],
      [],
      ['agent-2 is not answering.', 'One agent is left: when it goes, nothing that is scheduled is done.'],
    ],
    [
      'the primary gone, and nobody in its place: not each job beside that',
      [sight('agent-1', 'primary', { listed: false, answered: false }), secondary],
      [job({ overdue: true })],
      ['agent-1 is gone.', 'No agent is primary: what is scheduled waits.'],
    ],
    [
      'a job that failed',
      [primary, secondary],
      [job({ lastRun: run({ state: 'failed', result: 'The disk is gone' }) })],
      ['The job collect failed: The disk is gone.'],
    ],
    [
      'a job that is overdue',
      [primary, secondary],
      [job({ overdue: true })],
      ['The job collect is overdue.'],
    ],
    [
      'none for a failed reconcile: the records’ own judgement says it',
      [primary, secondary],
      [job({ name: 'reconcile', lastRun: run({ state: 'failed', result: 'Braked.' }) })],
      [],
    ],
  ];
  for (const [title, sights, jobs, alarms] of table) {
    it(title, () => {
      const agents: AgentStatus[] = sights.map(agentStatus);
      const status = clusterStatus(portal, [], at, { agents, jobs });
      assert.deepEqual(
        status.alarms.filter((alarm) => !alarm.startsWith('One database')),
        alarms,
      );
      assert.equal(status.state, alarms.length === 0 ? 'ok' : 'degraded');
    });
  }
});

describe('an agent', () => {
  const table: [string, PeerSight<AgentReadiness>, AgentStatus['state'], string[]][] = [
    ['that has the lease is primary', primary, 'primary', []],
    ['that waits for it is secondary', secondary, 'secondary', []],
    ['that does not know yet says why', sight('agent-3', 'candidate'), 'candidate', ['agent-3 says why']],
    [
      'that does not answer is silent, whatever it was',
      sight('agent-1', 'primary', { answered: false }),
      'silent',
      ['agent-1 gave no answer within 1 s.'],
    ],
    [
      'that DNS has forgotten is gone',
      sight('agent-1', 'primary', { listed: false, answered: false }),
      'gone',
      ['agent-1 has left: no container answers to its name any more.'],
    ],
  ];
  for (const [title, seen, state, reasons] of table) {
    it(title, () => {
      const status = agentStatus(seen);
      assert.equal(status.state, state);
      assert.deepEqual(status.reasons, reasons);
    });
  }
});

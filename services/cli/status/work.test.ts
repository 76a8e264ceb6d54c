import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentSaid, Observed, Records, Told } from './observe.ts';
import { jobRow, judgeWork } from './work.ts';

const now = new Date('2026-01-01T12:00:30Z');
const run: Records['runs'][number] = {
  job: 'collect',
  state: 'done',
  agent: 'agent-1',
  startedAt: new Date('2026-01-01T12:00:00Z'),
  endedAt: new Date('2026-01-01T12:00:02Z'),
  result: 'Nothing to collect.',
};
const agent = (role: AgentSaid['role'], running = false): Told<AgentSaid> => ({
  answer: {
    role,
    reason: '',
    uptime: 90_000,
    jobs: [
      {
        name: 'collect',
        title: 'Collect',
        schedule: '0 0 * * * *',
        nextRun: '2026-01-01T13:00:00.000Z',
        everySeconds: 3_600,
        running,
      },
    ],
  },
});
const portal = (reason = '') => {
  const open = { open: true, reasons: [] };
  const media = { ok: reason === '', reason };
  return { answer: { node: 'portal-1', full: open, reading: open, media, database: { nodes: [] } } };
};
const observed = (change: Partial<Observed> = {}): Observed => ({
  containers: [],
  portals: new Map([['a', portal()]]),
  agents: new Map([
    ['a', agent('secondary')],
    ['b', agent('primary')],
  ]),
  databases: new Map(),
  balancers: new Map(),
  records: { answer: { runs: [run], findings: 0 } },
  fronts: [],
  ...change,
});
const ran = (change: Partial<typeof run>) =>
  observed({ records: { answer: { runs: [{ ...run, ...change }], findings: 0 } } });
const old = new Date('2025-12-31T00:00:00Z');

describe('what of the agents’ work is amiss', () => {
  const table: [string, Observed, string[]][] = [
    ['nothing', observed(), []],
    [
      'nothing, while nobody wanted to know',
      observed({ records: undefined, agents: new Map([['a', agent('secondary')]]) }),
      [],
    ],
    [
      'no primary, and not each job beside that',
      observed({
        agents: new Map([['a', agent('secondary')]]),
        records: { answer: { runs: [{ ...run, startedAt: old, endedAt: old }], findings: 0 } },
      }),
      ['no agent is primary: what is scheduled waits'],
    ],
    [
      'one agent alone',
      observed({ agents: new Map([['a', agent('primary')]]) }),
      ['one agent is left: when it goes, nothing that is scheduled is done'],
    ],
    [
      'the other does not answer',
      observed({
        agents: new Map([
          ['a', agent('primary')],
          ['b', { fault: 'it does not answer' }],
        ]),
      }),
      ['one agent is left: when it goes, nothing that is scheduled is done'],
    ],
    ['a failed job', ran({ state: 'failed', result: 'no space' }), ['the job collect failed: no space']],
    ['a job that is overdue', ran({ startedAt: old, endedAt: old }), ['the job collect is overdue']],
    ['a job that is running is not', ran({ startedAt: now, endedAt: undefined, state: 'running' }), []],
    [
      'files that are not whole',
      observed({ portals: new Map([['a', portal('The bytes of 2 files are missing.')]]) }),
      ['The bytes of 2 files are missing.'],
    ],
    [
      'the database is away',
      observed({ records: { fault: 'it does not answer: no node' } }),
      ['how the jobs ran is not known: it does not answer: no node'],
    ],
  ];
  for (const [title, all, reasons] of table) {
    it(title, () => assert.deepEqual(judgeWork(all, now).reasons, reasons));
  }
});

describe('the line of a job', () => {
  const line = (all: Observed) => jobRow(judgeWork(all, now).jobs[0]!, now).join(' | ');
  const table: [string, Observed, string][] = [
    ['done', observed(), '✓ | collect | 30 s ago | 2.0 s | in 59 min | Nothing to collect.'],
    [
      'failed',
      ran({ state: 'failed', result: 'no space' }),
      '✗ | collect | 30 s ago | 2.0 s | in 59 min | failed: no space',
    ],
    [
      'running',
      ran({ state: 'running', endedAt: undefined, result: '3 of 9' }),
      '… | collect | 30 s ago |  | in 59 min | running: 3 of 9',
    ],
    [
      'overdue',
      ran({ startedAt: old, endedAt: old }),
      '✗ | collect | 36 h ago | 0.0 s | overdue | Nothing to collect.',
    ],
    [
      'never ran',
      observed({ records: { answer: { runs: [], findings: 0 } } }),
      '✗ | collect | never |  | overdue | ',
    ],
    [
      'not known',
      observed({ records: { fault: 'no portal is running' } }),
      ' | collect | not known |  | in 59 min | ',
    ],
  ];
  for (const [title, all, expected] of table) {
    it(title, () => assert.equal(line(all), expected));
  }
});

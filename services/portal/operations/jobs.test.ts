import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Database } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import { createJobs } from './jobs.ts';
import type { AgentStatus } from './types.ts';

const agent = (name: string, state: AgentStatus['state'], nextRun: string): AgentStatus => ({
  name,
  address: '10.0.0.9',
  state,
  reasons: [],
  lastSeenAt: undefined,
  readiness: {
    node: name,
    version: '0.1.0',
    role: 'primary',
    reason: '',
    token: 1,
    uptime: 100_000,
    memory: 1,
    jobs: [
      { name: 'purge', title: 'Purge', schedule: '* * * * * *', nextRun, everySeconds: 1, running: false },
    ],
  },
});
const database = (change: Partial<Database>) => change as Database;

describe('the jobs, while the database is away', () => {
  const table: [string, Database][] = [
    ['and known to be', database({ away: () => true })],
    [
      'and found to be when it is asked',
      database({
        away: () => false,
        read: async () => {
          throw new PorticoError('database-unavailable', 'No node.');
        },
      }),
    ],
  ];
  for (const [title, away] of table) {
    it(`are those that the agents name, and their runs are not known: ${title}`, async () => {
      const [job] = await createJobs(away).now([agent('agent-1', 'primary', 'soon')]);
      assert.equal(job?.name, 'purge');
      assert.equal(job?.runsKnown, false);
      assert.equal(job?.lastRun, undefined);
      // Nobody can tell.
      assert.equal(job?.overdue, false);
    });
  }

  it('a fault of another kind is not taken for that', async () => {
    const ill = database({ away: () => false, read: () => Promise.reject(new Error('a bug')) });
    await assert.rejects(createJobs(ill).now([agent('agent-1', 'primary', 'soon')]), /a bug/);
  });
});

it('the primary’s word on when a job runs next is the one that counts', async () => {
  const jobs = createJobs(database({ away: () => true }));
  const [job] = await jobs.now([agent('agent-1', 'silent', 'long ago'), agent('agent-2', 'primary', 'soon')]);
  assert.equal(job?.nextRun, 'soon');
  assert.deepEqual(await jobs.now([]), []);
});

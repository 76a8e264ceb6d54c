import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOverdue, type Pace } from './lateness.ts';

const now = new Date('2026-01-02T00:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const ended = (seconds: number) => ({ startedAt: ago(seconds + 5), endedAt: ago(seconds) });

describe('a job that runs every five minutes', () => {
  const table: [string, Partial<Pace>, Parameters<typeof isOverdue>[1], boolean][] = [
    ['ran just now', {}, ended(10), false],
    ['missed one slot', {}, ended(590), false],
    ['missed two, and the grace', {}, ended(661), true],
    ['is running, however long ago it ended', { running: true }, ended(9_000), false],
    [
      'began long ago, and was never recorded as ended',
      {},
      { startedAt: ago(900), endedAt: undefined },
      true,
    ],
    ['waits for an agent that has just started, after a long stop', { uptime: 20 }, ended(90_000), false],
    ['was not made up for, though the agent is up', { uptime: 61 }, ended(90_000), true],
    ['never ran, under a young agent', { uptime: 600 }, undefined, false],
    ['never ran, under an old agent', { uptime: 661 }, undefined, true],
  ];
  for (const [title, change, last, overdue] of table) {
    it(`${overdue ? 'is overdue' : 'is in time'} when it ${title}`, () => {
      const pace = { everySeconds: 300, running: false, uptime: 100_000, ...change };
      assert.equal(isOverdue(pace, last, now), overdue);
    });
  }
});

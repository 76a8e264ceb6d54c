import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Transaction } from '../platform/database/types.ts';
import type { Job, JobRun } from './types.ts';

/** A fifth of the real one, so that many take-overs fit into a minute. */
export const timing = { beatMs: 400, leaseMs: 2000 };

/** `agent_test_done`: which slot had its effect; `…_count`: how often any had; `…_faults`: what must never be seen. */
export const TABLES = `
  CREATE TABLE IF NOT EXISTS agent_test_done (
    job VARCHAR(64) NOT NULL, slot VARCHAR(32) NOT NULL, PRIMARY KEY (job, slot));
  CREATE TABLE IF NOT EXISTS agent_test_count (
    job VARCHAR(64) NOT NULL PRIMARY KEY, effects INT NOT NULL DEFAULT 0, begun VARCHAR(64) NOT NULL DEFAULT '');
  CREATE TABLE IF NOT EXISTS agent_test_faults (
    id CHAR(26) NOT NULL PRIMARY KEY, job VARCHAR(64) NOT NULL, fault VARCHAR(500) NOT NULL)`;
export const DROP_TABLES =
  'DROP TABLE IF EXISTS agent_test_done; DROP TABLE IF EXISTS agent_test_count; DROP TABLE IF EXISTS agent_test_faults';

/**
 * Two steps with a while between them, in which its agent may die or freeze. Had another run of the job begun meanwhile,
 * then the second step would find that, and say so: the fence alone keeps it from getting so far.
 */
export function chaosJob(database: Database, name: string): Job {
  return {
    name,
    title: 'Leave a trace of each slot',
    schedule: '* * * * * *',
    everySlot: true,
    async run({ fence }) {
      const me = await database.write(async (tx) => {
        await fence.guard(tx);
        const mine = await theOneRunning(tx, name, fence.token);
        const sign = `${mine.slot} ${mine.attempt}`;
        await tx.execute(
          'INSERT INTO agent_test_count (job, begun) VALUES (?, ?) ON DUPLICATE KEY UPDATE begun = ?',
          [name, sign, sign],
        );
        return { slot: mine.slot, sign };
      });
      await pause(Math.random() * 400);
      return database.write(async (tx) => {
        await fence.guard(tx);
        const [state] = await tx.query<{ begun: string }>(
          'SELECT begun FROM agent_test_count WHERE job = ?',
          [name],
        );
        if (state?.begun !== me.sign) await accuse(tx, name, `${me.sign}, but ${state?.begun} has begun`);
        const done = await tx.query('SELECT 1 FROM agent_test_done WHERE job = ? AND slot = ?', [
          name,
          me.slot,
        ]);
        if (done.length > 0) return 'An earlier attempt had done it.';
        await tx.execute('INSERT INTO agent_test_done (job, slot) VALUES (?, ?)', [name, me.slot]);
        await tx.execute('UPDATE agent_test_count SET effects = effects + 1 WHERE job = ?', [name]);
        return 'Done.';
      });
    },
  };
}

/** What an earlier primary left behind, under its own token, runs no more: the fence sees to that. */
async function theOneRunning(
  tx: Transaction,
  job: string,
  token: number,
): Promise<Pick<JobRun, 'slot' | 'attempt'>> {
  const running = await tx.query<Pick<JobRun, 'slot' | 'attempt'>>(
    "SELECT slot, attempt FROM job_runs WHERE job = ? AND token = ? AND state = 'running'",
    [job, token],
  );
  if (running.length !== 1)
    await accuse(tx, job, `${running.length} runs at once: ${JSON.stringify(running)}`);
  return running[0] ?? { slot: 'none', attempt: 0 };
}

async function accuse(tx: Transaction, job: string, fault: string): Promise<void> {
  await tx.execute('INSERT INTO agent_test_faults (id, job, fault) VALUES (?, ?, ?)', [
    tx.operationId,
    job,
    fault,
  ]);
}

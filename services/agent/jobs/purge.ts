import type { Database } from '../../platform/database/types.ts';
import { count } from '../../portal/views/words.ts';
import type { Fence, Job } from '../types.ts';

/** Rows that have had their time. In small bites: a large transaction would hold up the whole cluster. */
const BITE = 500;
const CHORES = [
  'DELETE FROM sessions WHERE expires_at < UTC_TIMESTAMP(3)',
  'DELETE FROM sign_in_attempts WHERE window_ends < UTC_TIMESTAMP(3)',
  // A client retries within minutes; a day is plenty. Operations settle commits that were lost seconds ago.
  'DELETE FROM idempotency_keys WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY',
  'DELETE FROM operations WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 7 DAY',
  `DELETE FROM job_runs WHERE state <> 'running' AND started_at < UTC_TIMESTAMP(3) - INTERVAL 7 DAY`,
  // Kept for a while: rows that were dropped come back, and their findings with them.
  `DELETE FROM blob_findings WHERE found_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY
     AND NOT EXISTS (SELECT 1 FROM media WHERE media.sha256 = blob_findings.sha256)`,
  // Long collected.
  'DELETE FROM left_blobs WHERE left_at < UTC_TIMESTAMP(3) - INTERVAL 90 DAY',
  'DELETE FROM health_samples WHERE at < UTC_TIMESTAMP(3) - INTERVAL 2 DAY',
  // One a few seconds: an hour of them is plenty.
  `DELETE FROM job_runs WHERE job = 'sample-health' AND state = 'done' AND started_at < UTC_TIMESTAMP(3) - INTERVAL 1 HOUR`,
];

export async function purge(database: Database, fence: Fence, signal: AbortSignal): Promise<number> {
  let purged = 0;
  for (const sql of CHORES) {
    for (let went = BITE; went === BITE && !signal.aborted; purged += went) {
      went = await database.write(async (tx) => {
        await fence.guard(tx);
        return (await tx.execute(`${sql} LIMIT ${BITE}`)).affectedRows;
      });
    }
  }
  return purged;
}

export function purgeJob({ database }: { database: Database }): Job {
  return {
    name: 'purge',
    title: 'Remove sessions, keys and records that have had their time',
    schedule: '20 */10 * * * *',
    run: async ({ fence, signal }) => `${count(await purge(database, fence, signal), 'row')} removed.`,
  };
}

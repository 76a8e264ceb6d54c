import type { JobRun } from '../../agent/types.ts';
import type { Database } from '../../platform/database/types.ts';
import { runsOf } from '../../platform/jobs/repository.ts';
import { blobFindings } from '../media/findings.ts';
import type { Readiness } from './types.ts';

const EVERY_MS = 10_000;

export interface RecordsWatch {
  /** As it was at the last look. Never waits. */
  state(): Readiness['media'];
  stop(): void;
}

/** Pure: whether every file is whole, by what the agents found. */
export function judgeRecords(lost: number, reconcile: JobRun | undefined): Readiness['media'] {
  if (lost > 0)
    return {
      ok: false,
      reason: `${lost === 1 ? 'The bytes of 1 file are' : `The bytes of ${lost} files are`} missing or damaged. Uploading the same file again heals it.`,
    };
  if (reconcile?.state === 'failed') return { ok: false, reason: reconcile.result };
  return { ok: true, reason: '' };
}

export function watchRecords(database: Database): RecordsWatch {
  let state: Readiness['media'] = { ok: true, reason: '' };
  const look = async () => {
    if (database.away()) return;
    const seen = await database.read(
      async (reader) => ({
        lost: (await blobFindings(reader, 1)).total,
        // The last that has come to its end.
        run: (await runsOf(reader, 'reconcile', 5)).find((run) => run.endedAt !== undefined),
      }),
      { causal: false, impatient: true },
    );
    state = judgeRecords(seen.lost, seen.run);
  };
  // What could not be read leaves the last look standing; that the database is away is said elsewhere.
  const timer = setInterval(() => void look().catch(() => {}), EVERY_MS);
  void look().catch(() => {});
  return { state: () => state, stop: () => clearInterval(timer) };
}

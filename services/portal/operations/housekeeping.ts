import type { Database } from '../../platform/database/types.ts';
import type { Logger } from '../../platform/log.ts';

const EVERY_MS = 600_000;

/** Rows that have had their time. In small bites: a large transaction would hold up the whole cluster. */
const CHORES = [
  'DELETE FROM sessions WHERE expires_at < UTC_TIMESTAMP(3) LIMIT 500',
  'DELETE FROM sign_in_attempts WHERE window_ends < UTC_TIMESTAMP(3) LIMIT 500',
  // A client retries within minutes; a day is plenty. Operations settle commits that were lost seconds ago.
  'DELETE FROM idempotency_keys WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY LIMIT 500',
  'DELETE FROM operations WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 7 DAY LIMIT 500',
];

export async function sweep(database: Database): Promise<number> {
  let swept = 0;
  for (const sql of CHORES) swept += (await database.write((tx) => tx.execute(sql))).affectedRows;
  return swept;
}

/** Any portal may sweep, at its own hour: what one has deleted the other does not find. @returns what ends it */
export function keepHouse(database: Database, log: Logger): () => void {
  let timer: NodeJS.Timeout;
  const next = () => {
    timer = setTimeout(run, EVERY_MS * (0.5 + Math.random()));
  };
  const run = () =>
    sweep(database)
      .then((swept) => swept > 0 && log.info({ swept }, 'swept what had expired'))
      .catch((error: unknown) => log.warn({ err: error }, 'could not sweep what has expired; later again'))
      .finally(next);
  next();
  return () => clearTimeout(timer);
}

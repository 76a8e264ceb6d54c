import type { JobRun, RunState } from '../../agent/types.ts';
import { isDuplicate } from '../database/outcome.ts';
import type { Reader, Transaction } from '../database/types.ts';

/** The tables `job_runs` and `job_requests`, and nothing but SQL. */

export type RunKey = Pick<JobRun, 'job' | 'slot' | 'attempt'>;
export type NewRun = Pick<JobRun, 'job' | 'slot' | 'attempt' | 'requestedBy' | 'agent' | 'token'>;

type RunRow = Omit<JobRun, 'requestedBy' | 'endedAt' | 'startedAt'> & {
  requestedBy: string | null;
  startedAt: Date | string;
  endedAt: Date | string | null;
};

const COLUMNS = `job, slot, attempt, requested_by AS requestedBy, agent, token, state, started_at AS startedAt,
  ended_at AS endedAt, result`;
/** What the column holds; a longer sentence ends in an ellipsis. */
const RESULT_LENGTH = 500;

function fromRow(row: RunRow): JobRun {
  return {
    ...row,
    requestedBy: row.requestedBy ?? undefined,
    startedAt: new Date(row.startedAt),
    endedAt: row.endedAt === null ? undefined : new Date(row.endedAt),
  };
}

/** @returns false when somebody has claimed it before */
export async function claimRun(tx: Transaction, run: NewRun): Promise<boolean> {
  try {
    await tx.execute(
      `INSERT INTO job_runs (job, slot, attempt, requested_by, agent, token, state, result)
       VALUES (?, ?, ?, ?, ?, ?, 'running', '')`,
      [run.job, run.slot, run.attempt, run.requestedBy ?? null, run.agent, run.token],
    );
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

/** @returns false when it has ended before */
export async function endRun(
  tx: Transaction,
  { job, slot, attempt }: RunKey,
  state: Exclude<RunState, 'running'>,
  result: string,
): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    `UPDATE job_runs SET state = ?, result = ?, ended_at = UTC_TIMESTAMP(3)
     WHERE job = ? AND slot = ? AND attempt = ? AND state = 'running'`,
    [state, clip(result), job, slot, attempt],
  );
  return affectedRows === 1;
}

export async function noteProgress(
  tx: Transaction,
  { job, slot, attempt }: RunKey,
  sentence: string,
): Promise<void> {
  await tx.execute(
    `UPDATE job_runs SET result = ? WHERE job = ? AND slot = ? AND attempt = ? AND state = 'running'`,
    [clip(sentence), job, slot, attempt],
  );
}

export async function runningRuns(reader: Reader): Promise<JobRun[]> {
  const rows = await reader.query<RunRow>(`SELECT ${COLUMNS} FROM job_runs WHERE state = 'running'`);
  return rows.map(fromRow);
}

/** The run of each job that began last. */
export async function latestRuns(reader: Reader): Promise<JobRun[]> {
  const rows = await reader.query<RunRow>(
    `SELECT ${COLUMNS} FROM (
       SELECT *, ROW_NUMBER() OVER (PARTITION BY job ORDER BY started_at DESC, slot DESC, attempt DESC) AS place
       FROM job_runs) AS runs WHERE place = 1`,
  );
  return rows.map(fromRow);
}

/** Newest first. @param before the run that the page before ended with */
export async function runsOf(
  reader: Reader,
  job: string,
  limit: number,
  before?: { startedAt: Date; slot: string; attempt: number },
): Promise<JobRun[]> {
  const after = before ? 'AND (started_at, slot, attempt) < (?, ?, ?)' : '';
  const rows = await reader.query<RunRow>(
    `SELECT ${COLUMNS} FROM job_runs WHERE job = ? ${after} ORDER BY started_at DESC, slot DESC, attempt DESC LIMIT ?`,
    [job, ...(before ? [before.startedAt, before.slot, before.attempt] : []), limit],
  );
  return rows.map(fromRow);
}

/** Whether a slot at or after this one was ever claimed. */
export async function ranSince(reader: Reader, job: string, slot: string): Promise<boolean> {
  const rows = await reader.query('SELECT 1 FROM job_runs WHERE job = ? AND slot >= ? LIMIT 1', [job, slot]);
  return rows.length > 0;
}

export interface RunRequest {
  id: string;
  job: string;
  requestedBy: string;
  /** ISO 8601, to the microsecond, so that it is never a slot of the schedule. */
  slot: string;
}

/** @returns the open request of this job: a second one while the first waits is the same */
export async function askForRun(
  tx: Transaction,
  wanted: { id: string; job: string; requestedBy: string },
): Promise<RunRequest> {
  await tx.execute('INSERT IGNORE INTO job_requests (id, job, requested_by) VALUES (?, ?, ?)', [
    wanted.id,
    wanted.job,
    wanted.requestedBy,
  ]);
  const [request] = await requestsWhere(tx, 'WHERE job = ?', [wanted.job]);
  if (!request) throw new Error(`The request for ${wanted.job} is not there.`);
  return request;
}

export async function openRequests(reader: Reader): Promise<RunRequest[]> {
  return requestsWhere(reader, '', []);
}

async function requestsWhere(reader: Reader, where: string, values: string[]): Promise<RunRequest[]> {
  return reader.query<RunRequest>(
    `SELECT id, job, requested_by AS requestedBy,
            DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS slot
     FROM job_requests ${where} ORDER BY created_at`,
    values,
  );
}

export async function takeRequest(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.execute('DELETE FROM job_requests WHERE id = ?', [id])).affectedRows === 1;
}

function clip(sentence: string): string {
  return sentence.length <= RESULT_LENGTH ? sentence : `${sentence.slice(0, RESULT_LENGTH - 1)}…`;
}

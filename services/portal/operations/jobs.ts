import { ulid } from 'ulid';
import type { JobRun } from '../../agent/types.ts';
import { answerOnce, claimOf } from '../../platform/database/idempotency.ts';
import type { Database, IdempotencyKey } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import {
  askForRun,
  latestRuns,
  openRequests,
  type RunRequest,
  runsOf,
} from '../../platform/jobs/repository.ts';
import type { AgentStatus, JobStatus, RunStatus } from './types.ts';

export interface JobsService {
  /** Every job that an agent knows, with its last run. While the database is away, without. */
  now(agents: AgentStatus[]): Promise<JobStatus[]>;
  /** Newest first. @throws PorticoError 'invalid' */
  runs(
    job: string,
    page: { cursor?: string; limit: number },
  ): Promise<{ items: RunStatus[]; nextCursor?: string }>;
  /** The primary begins it within seconds. Asked for twice before that, it runs once. */
  request(order: {
    job: string;
    requestedBy: string;
    idempotency?: IdempotencyKey;
  }): Promise<{ request: RunRequest; replayed: boolean }>;
}

export function createJobs(database: Database): JobsService {
  return {
    async now(agents) {
      const known =
        agents.find(({ state }) => state === 'primary') ?? agents.find(({ readiness }) => readiness);
      const jobs = known?.readiness?.jobs ?? [];
      const [runs, requests] = await lately(database);
      return jobs.map(({ name, title, schedule, nextRun }) => {
        const last = runs.find((run) => run.job === name);
        return {
          name,
          title,
          schedule,
          nextRun,
          requested: requests.some((request) => request.job === name),
          lastRun: last && runJson(last),
        };
      });
    },
    async runs(job, { cursor, limit }) {
      const before = cursor === undefined ? undefined : decode(cursor);
      const runs = await database.read((reader) => runsOf(reader, job, limit + 1, before));
      const items = runs.slice(0, limit);
      const last = items.at(-1);
      const more = runs.length > limit && last ? { nextCursor: encode(last) } : {};
      return { items: items.map(runJson), ...more };
    },
    async request({ job, requestedBy, idempotency }) {
      const claim = idempotency && claimOf(idempotency, 'POST /api/v1/jobs/{name}/runs', job);
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => ({
        status: 202,
        body: await askForRun(tx, { id: ulid(), job, requestedBy }),
      }));
      return { request: answer.body, replayed };
    },
  };
}

/** The page is worth having without them. */
async function lately(database: Database): Promise<[JobRun[], RunRequest[]]> {
  if (database.away()) return [[], []];
  try {
    return await database.read(
      async (reader) => [await latestRuns(reader), await openRequests(reader)] as [JobRun[], RunRequest[]],
      { impatient: true },
    );
  } catch (error) {
    if (error instanceof PorticoError && error.code === 'database-unavailable') return [[], []];
    throw error;
  }
}

export function runJson(run: JobRun): RunStatus {
  return { ...run, startedAt: run.startedAt.toISOString(), endedAt: run.endedAt?.toISOString() };
}

function encode({ startedAt, slot, attempt }: JobRun): string {
  return Buffer.from(JSON.stringify([startedAt.toISOString(), slot, attempt])).toString('base64url');
}

function decode(cursor: string): { startedAt: Date; slot: string; attempt: number } {
  try {
    const [startedAt, slot, attempt] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const at = new Date(startedAt);
    if (!Number.isNaN(at.getTime()) && typeof slot === 'string' && Number.isInteger(attempt))
      return { startedAt: at, slot, attempt };
  } catch {
    // said below
  }
  throw new PorticoError('invalid', 'The cursor is not one of this list.', {
    fields: { cursor: 'take it from the page before' },
  });
}

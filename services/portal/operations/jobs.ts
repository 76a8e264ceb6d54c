import { ulid } from 'ulid';
import type { JobRun } from '../../agent/types.ts';
import { answerOnce, claimOf } from '../../platform/database/idempotency.ts';
import type { Database, IdempotencyKey } from '../../platform/database/types.ts';
import { orWithout } from '../../platform/database/without.ts';
import { PorticoError } from '../../platform/errors.ts';
import { isOverdue } from '../../platform/jobs/lateness.ts';
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
      const uptime = known?.readiness?.uptime ?? 0;
      const seen = await lately(database);
      return jobs.map(({ name, title, schedule, nextRun, running, everySeconds }) => {
        const last = seen?.runs.find((run) => run.job === name);
        return {
          name,
          title,
          schedule,
          nextRun,
          running,
          runsKnown: seen !== undefined,
          overdue: seen !== undefined && isOverdue({ everySeconds, running, uptime }, last, new Date()),
          requested: seen?.requests.some((request) => request.job === name) ?? false,
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
function lately(database: Database): Promise<{ runs: JobRun[]; requests: RunRequest[] } | undefined> {
  return orWithout(
    database,
    () =>
      database.read(
        async (reader) => ({ runs: await latestRuns(reader), requests: await openRequests(reader) }),
        { impatient: true },
      ),
    () => undefined,
  );
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

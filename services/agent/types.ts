import type { Transaction } from '../platform/database/types.ts';
import type { Logger } from '../platform/log.ts';

/**
 * What a run may rely on: that its agent was primary when it began, and that it can find out whether it still is.
 * A frozen agent that wakes is still in the middle of its run, so a job asks before each effect that is not idempotent
 * by itself, and puts its rows in a transaction that the fence guards.
 */
export interface Fence {
  /** Grows with each change of the primary. */
  readonly token: number;
  /** @throws LeaseLost when another agent has become primary */
  check(): Promise<void>;
  /** The same inside a transaction, which then fails as a whole: call it first. */
  guard(tx: Transaction): Promise<void>;
}

export interface JobContext {
  fence: Fence;
  /** Aborted when the agent stops or is no longer primary. */
  signal: AbortSignal;
  log: Logger;
  /** Says how far it is, for the status page; at most one sentence. */
  progress(sentence: string): void;
}

/** What the agents do again and again. Its effect is the same when it is done twice: a run may die half-way. */
export interface Job {
  /** Kebab case; stands in addresses and in the database. */
  name: string;
  /** What it does, as a phrase for the status page: `Re-hash a slice of the blobs`. */
  title: string;
  /** Cron with seconds, in UTC. */
  schedule: string;
  /** Whether slots that no primary was there for are all run, later, or only the last of them (the default). */
  everySlot?: boolean;
  /** @returns one sentence for the operator: what was done. What it throws is recorded as the reason of its failure. */
  run(context: JobContext): Promise<string>;
}

export type RunState = 'running' | 'done' | 'failed' | 'abandoned';

/** One run of a job, as the history keeps it. */
export interface JobRun {
  job: string;
  /** ISO 8601 of the slot for which it ran; when somebody asked for it: of the request. */
  slot: string;
  /** The user who asked for it; undefined for a scheduled run. */
  requestedBy: string | undefined;
  /** 1, or more when the runs before it were abandoned. */
  attempt: number;
  /** e.g. `agent-1` */
  agent: string;
  /** The fencing token under which it ran. */
  token: number;
  state: RunState;
  startedAt: Date;
  endedAt: Date | undefined;
  /** The sentence that it returned, or why it failed or was given up; while it runs, how far it is. */
  result: string;
}

/** What an agent says of itself at `GET /-/ready` on port 8000. */
export interface AgentReadiness {
  node: string;
  version: string;
  /** `candidate`: does not know yet, or cannot reach the database. */
  role: 'primary' | 'secondary' | 'candidate';
  /** A sentence for the operator. */
  reason: string;
  /** Of the lease as it was last seen; undefined while that is not known. */
  token: number | undefined;
  /** Seconds since the process started. */
  uptime: number;
  /** Resident memory, bytes. */
  memory: number;
  jobs: {
    name: string;
    title: string;
    schedule: string /** ISO 8601. */;
    nextRun: string | undefined;
    /** From its next slot to the one after that. */
    everySeconds: number;
    running: boolean;
  }[];
}

import type { Database } from '../platform/database/types.ts';
import {
  claimRun,
  endRun,
  noteProgress,
  openRequests,
  ranSince,
  runningRuns,
  takeRequest,
} from '../platform/jobs/repository.ts';
import { LeaseLost, type Term } from '../platform/lease/lease.ts';
import type { Logger } from '../platform/log.ts';
import type { Job, JobRun } from './types.ts';

/** A run that was given up so often is not begun again: something about it ends its agent. */
const MAX_ATTEMPTS = 5;
/** Slots that an agent remembers of a job for which it was not primary. */
const MAX_MISSED = 1000;
/** How far a run is, is written at most this often: ms. */
const PROGRESS_MS = 1000;

type Claimed = Pick<JobRun, 'job' | 'slot' | 'attempt' | 'requestedBy'>;

export interface RunnerOptions {
  database: Database;
  jobs: readonly Job[];
  /** This agent's name. */
  agent: string;
  log: Logger;
  /** Aborted when the agent stops. */
  stop: AbortSignal;
}

/**
 * Runs jobs, one run of each at a time, and only during a term. A run is claimed by its row, in a transaction that the
 * term guards; its end is written in another. What an earlier primary left running is recorded as abandoned, and done
 * again.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #active = new Map<string, Claimed>();
  readonly #missed = new Map<string, string[]>();
  #term: Term | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  isRunning(job: string): boolean {
    return this.#active.has(job);
  }

  /** Runs until the term has ended: what was left behind, what was missed, what is asked for. */
  async serve(term: Term): Promise<void> {
    this.#term = term;
    const { stop, log } = this.#options;
    while (!term.signal.aborted && !stop.aborted) {
      try {
        await this.#round(term);
      } catch (error) {
        if (!(error instanceof LeaseLost)) log.warn({ err: error }, 'could not look for what is to be done');
      }
      await pause(1000, AbortSignal.any([term.signal, stop]));
    }
    if (this.#term === term) this.#term = undefined;
  }

  /** node-cron's question at each slot, on every agent. @returns whether this one is to run it, and has it claimed */
  async elect(job: Job, slot: string): Promise<boolean> {
    const term = this.#term;
    if (!term) this.missed(job, slot);
    else if (this.#active.has(job.name)) this.overlapped(job, slot);
    if (!term || this.#active.has(job.name)) return false;
    try {
      return await this.#claim(term, { job: job.name, slot, attempt: 1, requestedBy: undefined });
    } catch (error) {
      this.missed(job, slot);
      throw error;
    }
  }

  /** Runs what `elect` has claimed. */
  async runElected(job: Job): Promise<void> {
    const term = this.#term;
    const claimed = this.#active.get(job.name);
    if (claimed && term) await this.#run(term, job, claimed);
    else this.#active.delete(job.name);
  }

  /** Remembers a slot that nobody may have run: the next primary claims it, if it is still free. */
  missed(job: Job, slot: string): void {
    const slots = this.#missed.get(job.name) ?? [];
    slots.push(slot);
    this.#missed.set(job.name, job.everySlot ? slots.slice(-MAX_MISSED) : slots.slice(-1));
  }

  /** The run before is still at it: it, and the slot after this one, will do. */
  overlapped(job: Job, slot: string): void {
    if (job.everySlot) this.missed(job, slot);
  }

  /** Resolves when nothing runs any more, at the latest after so long. */
  async idle(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    while (this.#active.size > 0 && performance.now() < end) await pause(50, new AbortController().signal);
  }

  async #round(term: Term): Promise<void> {
    const { database, jobs } = this.#options;
    const left = await database.read(runningRuns);
    const requests = await database.read(openRequests);
    for (const job of jobs) {
      if (term.signal.aborted) return;
      for (const run of left) {
        if (run.job === job.name && !this.#isMine(run)) await this.#takeUp(term, job, run);
      }
      const request = requests.find((one) => one.job === job.name);
      if (request && !this.#active.has(job.name)) {
        const { slot, requestedBy } = request;
        this.#start(term, job, { job: job.name, slot, attempt: 1, requestedBy }, request.id);
      }
      if (this.#missed.get(job.name)?.length && !this.#active.has(job.name)) this.#catchUp(term, job);
    }
  }

  #isMine({ job, slot, attempt }: JobRun): boolean {
    const active = this.#active.get(job);
    return active?.slot === slot && active.attempt === attempt;
  }

  /** Only a primary runs anything, so what runs by the book and not here was left by another, or by an earlier term. */
  async #takeUp(term: Term, job: Job, run: JobRun): Promise<void> {
    if (this.#active.has(job.name)) return; // later: one run of a job at a time
    const { log } = this.#options;
    const again = run.attempt < MAX_ATTEMPTS;
    const reason = `${run.agent} did not bring it to its end${again ? '' : `, nor did ${MAX_ATTEMPTS - 1} before it`}.`;
    const next: Claimed = {
      job: job.name,
      slot: run.slot,
      attempt: run.attempt + 1,
      requestedBy: run.requestedBy,
    };
    if (again) this.#active.set(job.name, next);
    try {
      const took = await this.#options.database.write(async (tx) => {
        await term.guard(tx);
        if (!(await endRun(tx, run, 'abandoned', reason))) return false;
        return again && claimRun(tx, { ...next, agent: this.#options.agent, token: term.token });
      });
      log.warn({ job: job.name, slot: run.slot, attempt: run.attempt }, `abandoned: ${reason}`);
      if (took) void this.#run(term, job, next);
      else if (again) this.#active.delete(job.name);
    } catch (error) {
      if (again) this.#active.delete(job.name);
      throw error;
    }
  }

  #catchUp(term: Term, job: Job): void {
    const slots = this.#missed.get(job.name) ?? [];
    const slot = slots.shift();
    if (slot === undefined) return;
    this.#start(term, job, { job: job.name, slot, attempt: 1, requestedBy: undefined });
  }

  /** Claims and runs, not waited for. */
  #start(term: Term, job: Job, wanted: Claimed, request?: string): void {
    void this.#claim(term, wanted, request)
      .then(async (claimed) => {
        if (claimed) await this.#run(term, job, wanted);
        // Many slots that were missed do not wait for a round each.
        if (!term.signal.aborted && !this.#active.has(job.name)) this.#catchUp(term, job);
      })
      .catch((error: unknown) => {
        if (!request) this.missed(job, wanted.slot);
        this.#options.log.warn({ err: error, job: job.name }, 'a run could not be claimed');
      });
  }

  async #claim(term: Term, wanted: Claimed, request?: string): Promise<boolean> {
    const { database, agent } = this.#options;
    this.#active.set(wanted.job, wanted);
    let claimed = false;
    try {
      claimed = await database.write(async (tx) => {
        await term.guard(tx);
        if (request !== undefined && !(await takeRequest(tx, request))) return false;
        return claimRun(tx, { ...wanted, agent, token: term.token });
      });
      return claimed;
    } finally {
      if (!claimed) this.#active.delete(wanted.job);
    }
  }

  async #run(term: Term, job: Job, claimed: Claimed): Promise<void> {
    const { database, stop, log } = this.#options;
    const context = { job: job.name, slot: claimed.slot, attempt: claimed.attempt };
    let noted = 0;
    let end: { state: 'done' | 'failed'; result: string };
    try {
      const result = await job.run({
        fence: { token: term.token, check: () => term.check(), guard: (tx) => term.guard(tx) },
        signal: AbortSignal.any([term.signal, stop]),
        log: log.child(context),
        progress(sentence) {
          if (performance.now() - noted < PROGRESS_MS) return;
          noted = performance.now();
          // For the status page alone: the next sentence comes soon.
          database.write((tx) => noteProgress(tx, claimed, sentence)).catch(() => {});
        },
      });
      end = { state: 'done', result };
    } catch (error) {
      end = { state: 'failed', result: error instanceof Error ? error.message : String(error) };
      if (!term.signal.aborted && !stop.aborted) log.error({ ...context, err: error }, `${job.name} failed`);
    }
    try {
      // Broken off by the agent's stop or by the end of its term: whoever is primary next records it and runs it again.
      if (end.state === 'failed' && (term.signal.aborted || stop.aborted)) return;
      await database.write(async (tx) => {
        await term.guard(tx);
        await endRun(tx, claimed, end.state, end.result);
      });
    } catch (error) {
      log.warn({ ...context, err: error }, 'the end of a run could not be recorded; it will be run again');
    } finally {
      this.#active.delete(job.name);
    }
  }

  /** A slot whose time passed before anybody was there to be told. */
  async dueBefore(job: Job, slot: string): Promise<void> {
    const ran = await this.#options.database.read((reader) => ranSince(reader, job.name, slot));
    if (!ran && !this.#missed.get(job.name)?.length) this.missed(job, slot);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

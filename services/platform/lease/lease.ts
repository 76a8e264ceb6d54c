import { setTimeout as after } from 'node:timers/promises';
import type { Database, Transaction } from '../database/types.ts';
import type { Logger } from '../log.ts';
import { defaultTiming, type LeaseTiming, planLease, type Watch, watch } from './plan.ts';
import { findLease, giveBackLease, guardLease, makeLease, renewLease, takeLease } from './repository.ts';

/** Another holds the lease now, or this process cannot know that none does. */
export class LeaseLost extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LeaseLost';
  }
}

/** One unbroken time of holding the lease. */
export interface Term {
  /** The fencing token. */
  readonly token: number;
  /** Aborted when the term ends. */
  readonly signal: AbortSignal;
  /** @throws LeaseLost */
  check(): Promise<void>;
  /** In a transaction, first: it commits only if the term has not ended by then. @throws LeaseLost */
  guard(tx: Transaction): Promise<void>;
}

export interface LeaseState {
  role: 'primary' | 'secondary' | 'candidate';
  /** A sentence for the operator. */
  reason: string;
  token: number | undefined;
}

export interface LeaseOptions {
  database: Database;
  name: string;
  /** This process's own; no two processes have the same. */
  me: string;
  log: Logger;
  /** Called at the start of each term. What it throws is logged. */
  onTerm: (term: Term) => void | Promise<void>;
  timing?: LeaseTiming;
}

export interface Lease {
  state(): LeaseState;
  /** Ends the term, if there is one, and gives the lease back, so that another takes over at once. */
  close(): Promise<void>;
}

interface OwnTerm extends Term {
  /** When the last renewal that succeeded was sent: the lease is this process's for `leaseMs` from then on. */
  sentAt: number;
  end(reason: string): void;
}

export function holdLease(options: LeaseOptions): Lease {
  const { database, name, me, log, onTerm, timing = defaultTiming } = options;
  const stop = new AbortController();
  let state: LeaseState = { role: 'candidate', reason: 'has not looked yet', token: undefined };
  let term: OwnTerm | undefined;
  let seen: Watch | undefined;

  const become = (next: LeaseState) => {
    if (next.role !== state.role)
      log.info({ lease: name, token: next.token }, `${next.role}: ${next.reason}`);
    state = next;
  };

  function begin(token: number, sentAt: number, reason: string): void {
    const over = new AbortController();
    const mine: OwnTerm = {
      token,
      sentAt,
      signal: over.signal,
      async check() {
        lapse();
        if (over.signal.aborted) throw new LeaseLost('This agent is no longer primary.');
        const row = await database.read((reader) => findLease(reader, name));
        if (row?.token !== token || over.signal.aborted) throw lost(`${row?.owner ?? 'nobody'} holds it now`);
      },
      async guard(tx) {
        lapse();
        if (over.signal.aborted) throw new LeaseLost('This agent is no longer primary.');
        if (!(await guardLease(tx, name, token))) throw lost('another holds it now');
      },
      end(why) {
        if (over.signal.aborted) return;
        if (term === mine) term = undefined;
        over.abort(new LeaseLost(why));
        become({ role: 'candidate', reason: why, token });
      },
    };
    const lost = (why: string) => {
      mine.end(why);
      return new LeaseLost(why);
    };
    term = mine;
    become({ role: 'primary', reason, token });
    Promise.resolve(onTerm(mine)).catch((error: unknown) =>
      log.error({ err: error }, 'the term began badly'),
    );
  }

  /** A process that was frozen, or cut off, must not go on by a lease that another may have taken meanwhile. */
  function lapse(): void {
    if (term && performance.now() - term.sentAt >= timing.leaseMs)
      term.end(`could not renew the lease for ${timing.leaseMs / 1000} s`);
  }

  async function renew(mine: OwnTerm): Promise<void> {
    const sentAt = performance.now();
    if (await database.write((tx) => renewLease(tx, name, mine.token))) mine.sentAt = sentAt;
    else mine.end('another agent has taken over');
    lapse();
  }

  async function contend(): Promise<void> {
    const row = await database.read((reader) => findLease(reader, name));
    if (!row) return database.write((tx) => makeLease(tx, name));
    seen = watch(seen, row, performance.now(), timing);
    const { action, reason } = planLease(row, seen, me, timing);
    if (action === 'wait') return become({ role: 'secondary', reason, token: row.token });
    const sentAt = performance.now();
    const took = await database.write((tx) => takeLease(tx, name, row, me));
    seen = undefined;
    if (took) begin(row.token + 1, sentAt, reason);
  }

  const watching = setInterval(lapse, Math.min(500, timing.beatMs / 2));
  const running = (async () => {
    while (!stop.signal.aborted) {
      try {
        await (term ? renew(term) : contend());
      } catch (error) {
        log.warn({ err: error, lease: name }, 'the lease could not be looked at');
        if (!term)
          become({
            role: 'candidate',
            reason: `cannot look: ${(error as Error).message}`,
            token: state.token,
          });
      }
      const pause = after(timing.beatMs, undefined, { signal: stop.signal, ref: false });
      await pause.catch(() => {});
    }
  })();

  return {
    state: () => state,
    async close() {
      const token = term?.token;
      stop.abort();
      clearInterval(watching);
      term?.end('this agent stops');
      await running;
      // A renewal that was under way may have begun a term of its own.
      const last = term?.token ?? token;
      term?.end('this agent stops');
      if (last === undefined) return;
      await database
        .write((tx) => giveBackLease(tx, name, last))
        .catch((error: unknown) => {
          log.warn(
            { err: error, lease: name },
            'the lease could not be given back; the other agent waits for it',
          );
        });
    },
  };
}

/** Pure: who holds a lease, and whether this process may take it. */

export interface LeaseTiming {
  /** Between two beats of the holder, and two looks of a contender: ms. */
  beatMs: number;
  /**
   * A holder that could not renew for so long gives up by itself; a contender that has watched the beat stand still for
   * so long takes over: ms.
   */
  leaseMs: number;
}

/**
 * A take-over takes 10 to 14 s: the promise is 20. Longer than the 8 s for which the router holds a write while the
 * database fails over, so that a failover costs nobody the lease.
 */
export const defaultTiming: LeaseTiming = { beatMs: 2000, leaseMs: 10_000 };

export interface LeaseRow {
  owner: string | undefined;
  token: number;
  beat: number;
}

/** What a contender has seen of the holder's counter. */
export interface Watch {
  life: string;
  /** For how long it has been *seen* to stand still: ms. */
  stillMs: number;
  /** When it was last looked at, by this process's own monotonic clock: ms. */
  at: number;
}

/**
 * A look after a long pause says little about what happened in between (this process was frozen, or the database
 * answered nobody), so each counts for two intervals at most.
 */
export function watch(before: Watch | undefined, row: LeaseRow, now: number, { beatMs }: LeaseTiming): Watch {
  const life = `${row.owner ?? ''} ${row.token} ${row.beat}`;
  if (before?.life !== life) return { life, stillMs: 0, at: now };
  return { life, stillMs: before.stillMs + Math.min(now - before.at, 2 * beatMs), at: now };
}

export interface LeasePlan {
  action: 'take' | 'wait';
  reason: string;
}

/** For a process that holds no lease by its own memory. @param me its name, which no other process has or had */
export function planLease(row: LeaseRow, seen: Watch, me: string, { leaseMs }: LeaseTiming): LeasePlan {
  const { owner } = row;
  if (owner === undefined) return { action: 'take', reason: 'nobody holds it' };
  // A name may say after a slash which of its processes it is: that is nobody's news.
  const who = owner.replace(/\/.*/, '');
  if (seen.stillMs >= leaseMs)
    return { action: 'take', reason: `${who} has shown no life for ${Math.round(seen.stillMs / 1000)} s` };
  // It gave up by itself, and nobody has come since. The new token shuts out whatever it still has under way.
  if (owner === me) return { action: 'take', reason: 'nobody has taken it since' };
  return { action: 'wait', reason: `${who} holds it` };
}

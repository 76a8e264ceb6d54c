/** What the load has recorded, and what it says. Pure. */

/** `write`: an upload with an Idempotency-Key; `bare`: a write of the API without one. */
export const KINDS = ['page', 'media', 'api', 'write', 'sign-in', 'bare'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * `failed`: the client has no answer that it can use. Counted apart:
 * `second-try`: a write that its Idempotency-Key made safe to send once more, and that then succeeded;
 * `cut-off`: an answer that began and did not end;
 * `unsettled`: a write without a key that was in the hands of a part that went, so that nobody knows its outcome;
 * `refused`: 503 with Retry-After: nothing was done, and the client knows when to come again.
 */
export type Outcome = 'ok' | 'failed' | 'second-try' | 'cut-off' | 'unsettled' | 'refused';

export interface Sample {
  kind: Kind;
  /** Milliseconds by the load's monotonic clock. */
  start: number;
  end: number;
  outcome: Outcome;
  node: string | undefined;
  status: number | undefined;
  why: string | undefined;
}

export interface KindStats {
  count: number;
  worstMs: number;
  medianMs: number;
  /** 503 with Retry-After. */
  refused: number;
}

export interface Statistics {
  count: number;
  failed: number;
  cutOff: number;
  secondTries: number;
  unsettled: number;
  /** Those of `failed` that were told when to come again. */
  refused: number;
  kinds: Record<Kind, KindStats>;
  /** Requests by the portal that answered; pages are left out, since the load balancer's cache answers some. */
  shares: Record<string, number>;
  /** Each reason why something did not simply succeed, and how often. */
  reasons: Record<string, number>;
}

/** What had its answer before the fault: the measure of how long a wait was usual. */
export function endedBefore(samples: readonly Sample[], moment: number): Sample[] {
  return samples.filter((one) => one.end < moment);
}

/** What was waiting at any time between the two: a wait that began before a fault belongs to the fault, too. */
export function waitingBetween(samples: readonly Sample[], from: number, to: number): Sample[] {
  return samples.filter((one) => one.end >= from && one.start < to);
}

export function startedAfter(samples: readonly Sample[], moment: number): Sample[] {
  return samples.filter((one) => one.start >= moment);
}

export function statistics(within: readonly Sample[]): Statistics {
  const count = (outcome: Outcome) => within.filter((one) => one.outcome === outcome).length;
  const shares: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  for (const one of within) {
    if (one.node && one.kind !== 'page') shares[one.node] = (shares[one.node] ?? 0) + 1;
    if (one.outcome === 'ok') continue;
    const reason = `${one.kind} ${one.outcome}: ${one.why ?? ''}`;
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return {
    count: within.length,
    failed: count('failed') + count('refused'),
    cutOff: count('cut-off'),
    secondTries: count('second-try'),
    unsettled: count('unsettled'),
    refused: count('refused'),
    kinds: byKind((kind) => kindStats(within, kind)),
    shares,
    reasons,
  };
}

export function byKind<T>(of: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<Kind, T>;
}

function kindStats(samples: readonly Sample[], kind: Kind): KindStats {
  const ofKind = samples.filter((one) => one.kind === kind);
  const waits = ofKind.map((one) => one.end - one.start).sort((a, b) => a - b);
  return {
    count: waits.length,
    worstMs: Math.round(waits.at(-1) ?? 0),
    refused: ofKind.filter((one) => one.outcome === 'refused').length,
    medianMs: Math.round(waits[Math.floor(waits.length / 2)] ?? 0),
  };
}

/** The longest wait beyond the worst that the same run had before the fault (design: "stall"). */
export function stalls(before: Statistics, during: Statistics): Record<Kind, number> {
  return byKind((kind) => Math.max(0, during.kinds[kind].worstMs - before.kinds[kind].worstMs));
}

/**
 * Whether every portal takes its even share: none under half or over one and a half times it.
 * @returns undefined when even, else a sentence
 */
export function uneven(shares: Record<string, number>, portals: number): string | undefined {
  const counts = Object.values(shares);
  const fair = counts.reduce((sum, n) => sum + n, 0) / portals;
  const told = Object.entries(shares)
    .sort()
    .map(([node, n]) => `${node} ${n}`)
    .join(', ');
  if (counts.length < portals)
    return `only ${counts.length} of ${portals} portals answered (${told || 'none'})`;
  if (counts.some((n) => n < fair / 2 || n > fair * 1.5)) return `the shares are uneven: ${told}`;
  return undefined;
}

/** What the client does after each try. Pure: times and chance come as arguments, and each decision gives its reason. */

export type Outcome =
  /** A whole answer. `retryAfterMs` is what its Retry-After says. */
  | { kind: 'answer'; status: number; retryAfterMs?: number | undefined }
  /** No connection came about, so nobody has seen the request. */
  | { kind: 'unsent'; why: string }
  /** The same, and it would be no other a second later: the certificate is not the one that is trusted. */
  | { kind: 'untrusted'; why: string }
  /** It was sent, and no whole answer came: whether it was carried out is not known. */
  | { kind: 'lost'; why: string };

export interface Situation {
  outcome: Outcome;
  /** Carrying it out twice does what once does: by its method, or by its Idempotency-Key. */
  repeatable: boolean;
  /** Tries so far, this one included. */
  tries: number;
  /** How many addresses were not asked since the last wait. */
  untried: number;
  /** Milliseconds until the request's deadline. */
  leftMs: number;
  /** 0 to 1: so that many clients do not come back at the same moment. */
  chance: number;
}

export type Next = { again: false; why: string } | { again: true; afterMs: number; why: string };

/** Statuses that say "not now", of a portal (429, 503) or of something before it. */
const PASSING = new Set([429, 502, 503, 504]);
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

export function planNext({ outcome, repeatable, tries, untried, leftMs, chance }: Situation): Next {
  if (outcome.kind === 'answer' && !PASSING.has(outcome.status)) return { again: false, why: 'answered' };
  const why = outcome.kind === 'answer' ? `answered ${outcome.status}` : outcome.why;
  const unseen = outcome.kind === 'unsent' || outcome.kind === 'untrusted';
  if (!repeatable && !unseen) return { again: false, why: `${why}; it may have been carried out` };
  if (leftMs <= 0) return { again: false, why: `${why}; the deadline has passed` };
  // 429 is about the client, whichever way it comes.
  const elsewhere = untried > 0 && !(outcome.kind === 'answer' && outcome.status === 429);
  if (elsewhere) return { again: true, afterMs: 0, why: `${why}; another address is asked` };
  if (outcome.kind === 'untrusted') return { again: false, why };
  const asked = outcome.kind === 'answer' ? (outcome.retryAfterMs ?? 0) : 0;
  const growing = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  const afterMs = Math.max(asked, growing * (0.5 + chance / 2));
  if (afterMs >= leftMs) return { again: false, why: `${why}; the deadline comes before the next try` };
  return { again: true, afterMs, why: `${why}; again in ${Math.round(afterMs)} ms` };
}

export interface Address {
  url: string;
  /** By the monotonic clock, milliseconds: until then others are asked first. 0: it is well. */
  badUntil: number;
}

/** The good ones in turn; with none, the one that was bad for the longest time. */
export function chooseAddress<A extends Address>(
  addresses: readonly A[],
  tried: ReadonlySet<A>,
  turn: number,
  now: number,
): A | undefined {
  const open = addresses.filter((one) => !tried.has(one));
  const good = open.filter((one) => one.badUntil <= now);
  return good.length > 0 ? good[turn % good.length] : open.toSorted((a, b) => a.badUntil - b.badUntil)[0];
}

const KEYED = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** @param key the caller's own; false: none; undefined: one is made for a write */
export function keyFor(method: string, key: string | false | undefined, make: () => string) {
  const chosen = key === undefined ? (KEYED.has(method) ? make() : undefined) : key || undefined;
  return { key: chosen, repeatable: chosen !== undefined || IDEMPOTENT.has(method) };
}

/** Seconds, or a date (RFC 9110, 10.2.3). @param now of the wall clock, milliseconds */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

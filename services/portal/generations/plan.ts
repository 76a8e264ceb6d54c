/** How the cluster goes from one generation to another: pure decisions. Any portal may carry them out, and several at once do no harm. */

export interface Current {
  /** Grows with every flip, backwards ones, too. 0: nothing was ever published. */
  epoch: number;
  n: number;
}

export interface Activation extends Current {
  state: 'preparing' | 'flipped' | 'done' | 'failed';
}

/** What a portal last said of itself in the database, and how long ago by the reader's own monotonic clock. */
export interface PortalSight {
  node: string;
  /** Milliseconds since its beat was last seen to change. */
  silentMs: number;
  /** The activation that it has prepared, or could not: its epoch. */
  preparedEpoch: number;
  /** Why it cannot serve that one; empty: it can. */
  fault: string;
  /** It serves this one, and nothing older. */
  confirmedEpoch: number;
}

/** A portal beats every second; one that is silent for so long is not waited for: ms. */
export const SILENT_MS = 5_000;
/**
 * A portal answers only while it has confirmed what is current within this time by its own monotonic clock, unless it knows
 * the database to be away. As long as a write is held: a failover of the database stalls a causal read for 2.5 s (4 s are
 * promised), and one second, as first thought, would close every gate in each of them.
 */
export const LEASE_MS = 8_000;
/** More than two clocks drift apart within one lease. */
const MARGIN_MS = 500;
/** A large generation on a busy machine. */
export const PREPARE_MS = 120_000;

export type Step =
  | { act: 'wait'; reason: string }
  | { act: 'flip'; leftOut: string[]; reason: string }
  /** `gone`: who was silent throughout, and is not waited for the next time; it registers again when it is back. */
  | { act: 'finish'; gone: string[]; reason: string }
  | { act: 'fail'; reason: string };

/** Before the flip: is everybody ready who can be? @param sinceMs since it was asked for */
export function planPreparing(
  activation: Activation,
  current: Current,
  portals: readonly PortalSight[],
  sinceMs: number,
): Step {
  if (current.epoch >= activation.epoch)
    return { act: 'fail', reason: `Something newer was activated meanwhile (epoch ${current.epoch}).` };
  const live = portals.filter(({ silentMs }) => silentMs < SILENT_MS);
  const said = live.filter(({ preparedEpoch }) => preparedEpoch >= activation.epoch);
  const ready = said.filter(({ fault }) => fault === '');
  const faults = said.filter(({ fault }) => fault !== '').map(({ node, fault }) => `${node}: ${fault}`);
  const waiting = live
    .filter(({ preparedEpoch }) => preparedEpoch < activation.epoch)
    .map(({ node }) => node);
  const late = sinceMs >= PREPARE_MS;
  if (waiting.length > 0 && !late)
    return {
      act: 'wait',
      reason: `${ready.length} of ${live.length} portals are ready; ${waiting.join(', ')} ${waiting.length === 1 ? 'is' : 'are'} loading`,
    };
  const leftOut = [...faults, ...waiting.map((node) => `${node}: not ready after ${PREPARE_MS / 1000} s`)];
  if (ready.length === 0)
    return {
      act: 'fail',
      reason: leftOut.length > 0 ? leftOut.join('; ') : 'No portal is there to serve it.',
    };
  const whom = `${ready.length} portal${ready.length === 1 ? '' : 's'} ready`;
  return {
    act: 'flip',
    leftOut,
    reason: leftOut.length === 0 ? whom : `${whom}; left out: ${leftOut.join('; ')}`,
  };
}

/** After the flip: does nobody serve the old one any more? @param sinceMs since the flip was seen */
export function planFlipped(activation: Activation, portals: readonly PortalSight[], sinceMs: number): Step {
  const late = portals.filter(({ confirmedEpoch }) => confirmedEpoch < activation.epoch);
  const behind = late.map(({ node }) => node);
  if (late.length === 0) return { act: 'finish', gone: [], reason: 'every portal serves it' };
  // Who has not confirmed it by then has closed its own gate.
  if (sinceMs >= LEASE_MS + MARGIN_MS)
    return {
      act: 'finish',
      gone: late.filter(({ silentMs }) => silentMs >= SILENT_MS).map(({ node }) => node),
      reason: `${behind.join(', ')} did not confirm it, and closed the gate by now`,
    };
  return {
    act: 'wait',
    reason: `${behind.join(', ')} ${behind.length === 1 ? 'has' : 'have'} not confirmed it yet`,
  };
}

export interface Held {
  /** What this portal serves; undefined: nothing was ever published. */
  serving: Current | undefined;
  /** When it last knew, by asking the database, that this is what is current: monotonic ms. */
  confirmedAt: number | undefined;
  /** When it was last found to have stood still. */
  thawedAt: number | undefined;
  /** The database is away: no flip can happen, and what is served stays current. */
  databaseAway: boolean;
  /** Why what is current cannot be served here. */
  fault: string;
}

/** Whether a portal may answer with published pages. @returns why not, or undefined */
export function whyNotServe(held: Held, now: number): string | undefined {
  const { serving, confirmedAt, thawedAt, databaseAway, fault } = held;
  if (fault !== '') return fault;
  if (serving === undefined) return 'which generation is current is not known yet';
  if (thawedAt !== undefined && (confirmedAt ?? 0) < thawedAt)
    return 'this process stood still, and which generation is current was not asked since';
  if (databaseAway) return undefined;
  if (confirmedAt === undefined || now - confirmedAt > LEASE_MS)
    return `which generation is current was not confirmed for ${LEASE_MS / 1000} s`;
  return undefined;
}

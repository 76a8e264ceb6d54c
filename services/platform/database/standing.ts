import type { NodeReport } from './types.ts';

/** What a node said of itself (SHOW GLOBAL STATUS). */
export interface Fitness {
  ready: boolean;
  /** `Primary`, `non-Primary` or `Disconnected`. */
  clusterStatus: string;
  /** 4 synced, 2 donor; the rest are on their way to it. */
  localState: number;
  /** Grows by one with each change of the cluster's membership: a node that was evicted and does not know it lags behind. */
  view: number;
}

export type Look =
  | { kind: 'answer'; fitness: Fitness; causal: boolean; latencyMs: number }
  /** No connection, or no answer within the deadline. */
  | { kind: 'lost'; reason: string };

export interface Standing {
  state: NodeReport['state'];
  /** Serves reads and writes, but is busy refilling a peer: used only when no other node is synced. */
  donor: boolean;
  reason: string;
  latencyMs: number | undefined;
  view: number | undefined;
  /** Looks in a row that found this node in an older view than a peer. */
  laggingLooks: number;
  /** When probation began; `-Infinity` for a node that this process has never seen fail. */
  heldSince: number | undefined;
}

export const unknownStanding: Standing = {
  state: 'away',
  donor: false,
  reason: 'has not been looked at yet',
  latencyMs: undefined,
  view: undefined,
  laggingLooks: 0,
  heldSince: Number.NEGATIVE_INFINITY,
};

export interface Surroundings {
  now: number;
  holdDownMs: number;
  /** What this process knows of the other nodes. */
  peers: readonly Standing[];
}

const localStates: Record<number, string> = { 1: 'joining', 2: 'donor', 3: 'joined', 4: 'synced' };

/** The node's next standing, from its standing so far and one look at it. */
export function judge(before: Standing, look: Look, { now, holdDownMs, peers }: Surroundings): Standing {
  if (look.kind === 'lost') {
    const neverSeen = before.heldSince === Number.NEGATIVE_INFINITY && before.view === undefined;
    return {
      ...unknownStanding,
      reason: look.reason,
      heldSince: neverSeen ? before.heldSince : undefined,
    };
  }

  const { fitness, latencyMs } = look;
  const seen = { latencyMs, view: fitness.view, donor: fitness.localState === 2 };
  const flaw = whyUnfit(fitness);
  if (flaw !== undefined) {
    return { ...seen, state: 'unfit', reason: flaw, laggingLooks: 0, heldSince: undefined };
  }

  const newest = Math.max(
    ...peers.filter((peer) => peer.state === 'synced').map((peer) => peer.view ?? 0),
    0,
  );
  const lagging = fitness.view < newest;
  // A change of membership reaches the nodes at slightly different moments: one lagging look means nothing.
  const laggingLooks = lagging ? before.laggingLooks + 1 : 0;
  if (lagging && (laggingLooks > 1 || before.state !== 'synced')) {
    const reason = `believes in membership ${fitness.view} while the cluster is at ${newest}`;
    return { ...seen, state: 'unfit', reason, laggingLooks, heldSince: undefined };
  }

  const synced = seen.donor ? 'refills another node (donor)' : 'synced';
  if (before.state === 'synced') {
    return { ...seen, state: 'synced', reason: synced, laggingLooks, heldSince: undefined };
  }

  const heldSince = before.heldSince ?? now;
  const held = { ...seen, state: 'held' as const, laggingLooks, heldSince };
  if (!look.causal) {
    return { ...held, reason: 'answers again; has yet to prove that it has caught up' };
  }
  const othersServe = peers.some((peer) => peer.state === 'synced');
  if (othersServe && now - heldSince < holdDownMs) {
    return { ...held, reason: `has caught up; taken back after ${holdDownMs} ms without a fault` };
  }
  return { ...seen, state: 'synced', reason: synced, laggingLooks, heldSince: undefined };
}

function whyUnfit(fitness: Fitness): string | undefined {
  if (fitness.clusterStatus !== 'Primary') {
    return `has lost the majority (${fitness.clusterStatus})`;
  }
  if (fitness.localState !== 4 && fitness.localState !== 2) {
    return `is not synced (${localStates[fitness.localState] ?? `state ${fitness.localState}`})`;
  }
  return fitness.ready ? undefined : 'is not ready for queries';
}

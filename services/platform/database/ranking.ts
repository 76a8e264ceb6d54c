import type { Standing } from './standing.ts';

export interface Ranking {
  /** The same in every process that sees the same cluster: the first synced node, in the configured order. */
  writer: string | undefined;
  /** For reads that must see all writes, best first. */
  causalReaders: string[];
  /** For reads that may lag, best first. */
  looseReaders: string[];
}

/**
 * Causal reads go where the writes go: there they cannot miss one even if the wait for causality had a fault, as
 * Jepsen found that it may. Reads that may lag take the other nodes' load instead. A donor serves only when nobody
 * else does.
 */
export function rank(nodes: readonly { name: string; standing: Standing }[]): Ranking {
  const synced = nodes.filter(({ standing }) => standing.state === 'synced');
  const free = synced.filter(({ standing }) => !standing.donor);
  const names = (free.length > 0 ? free : synced).map(({ name }) => name);
  return { writer: names[0], causalReaders: names, looseReaders: [...names.slice(1), ...names.slice(0, 1)] };
}

/** The best candidate that did not just fail this caller; if all did, the best. */
export function choose(candidates: readonly string[], failed: string | undefined): string | undefined {
  return candidates.find((name) => name !== failed) ?? candidates[0];
}

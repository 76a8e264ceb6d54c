import type { Logger } from '../log.ts';

/** All in milliseconds, by the awake clock (clock.ts). */
export interface Timing {
  /** Between two probes of a node. */
  probeInterval: number;
  /**
   * A probe without an answer for this long means that the node is away. Galera itself takes 2.5 s to evict a frozen
   * node, and no write passes until then, so a quicker verdict would win nothing and cost false alarms on a busy machine.
   */
  probeDeadline: number;
  /** The same for the causal probe of a node on probation, which waits for the node to catch up (server side: 2 s). */
  causalProbeDeadline: number;
  /** When no node has answered for so long, others are asked whether they hear one; their word ends every probe at once. */
  silentAfter: number;
  /** How long a node that came back must answer well before it is used again, while others serve. */
  holdDown: number;
  /** How long one try on one node may take. Above Galera's stall of 2.5 s, in which a healthy node answers nobody. */
  readTry: number;
  writeTry: number;
  /** How long a caller is held in all, tries and pauses together, before it hears 'database-unavailable'. */
  readHold: number;
  writeHold: number;
  /** After so long without a synced node the database counts as away, and who can do without it no longer waits. */
  awayAfter: number;
  /** The same for callers who come when no node has served for longer than that: they would most likely wait in vain. */
  lateHold: number;
}

export const defaultTiming: Timing = {
  probeInterval: 250,
  probeDeadline: 2000,
  causalProbeDeadline: 4000,
  silentAfter: 1000,
  holdDown: 3000,
  readTry: 4500,
  writeTry: 6000,
  readHold: 8000,
  writeHold: 8000,
  awayAfter: 500,
  lateHold: 2000,
};

export interface RouterOptions {
  /** Host names in the order of their rank, `name` or `name:port`. Every process must name them in the same order. */
  nodes: readonly string[];
  user: string;
  password: string;
  database: string;
  log: Logger;
  timing?: Partial<Timing>;
  /** Most connections to one node, its probe not counted. Default 12. */
  connectionsPerNode?: number;
  /** Most callers that may be held at once while no node serves; the next hears 'database-unavailable' at once. Default 200. */
  maxHeld?: number;
  /**
   * Whether another process hears the database, asked when this one has heard none of its nodes for `silentMs`. Then its callers are not
   * held, and can be sent there. Default: nobody can tell. Never throws, and answers soon.
   */
  isElsewhere?: (silentMs: number) => Promise<boolean>;
  /** Where a node is now, as `address` or `address:port`. Default: asks the DNS, without the C library's threads. */
  address?: (node: string) => Promise<string>;
}

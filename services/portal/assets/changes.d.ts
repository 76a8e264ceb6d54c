/** A part of the cluster as somebody sees it. */
export interface Sighting {
  /** e.g. `portal-1` */
  name: string;
  kind: 'portal' | 'agent' | 'database' | 'balancer' | 'volume';
  tone: 'good' | 'warn' | 'bad' | 'gone';
  /** One or two words, which complete "db-1 is …". */
  state: string;
  /** `writer` and `primary` lead; others are of no account here. */
  role: string;
  /** Empty when all is well. */
  reason: string;
}

export interface ClusterEvent {
  /** ms since 1970 */
  at: number;
  /** The part that it is about; empty for the traffic. */
  name: string;
  tone: Sighting['tone'];
  text: string;
  /** The portal that saw it, when there are several onlookers. */
  seenBy?: string;
}

export interface SightMemory {
  seen: Record<string, Sighting & { since: number | undefined }> | undefined;
  leaders: Record<string, { name: string; led: boolean }>;
}
export const NOTHING_SEEN: SightMemory;
export function changesSince(
  memory: SightMemory,
  sightings: readonly Sighting[],
  at: number,
): { memory: SightMemory; events: ClusterEvent[] };

/** One second of the traffic. */
export interface Second {
  /** Seconds since 1970: it began then. */
  at: number;
  requests: number;
  /** Answered 5xx. */
  failed: number;
  /** Given to yet another portal. */
  again: number;
  /** The longest wait, ms. */
  worst: number;
}

interface Run {
  from: number;
  last: number;
  sum: number;
}
export interface TroubleMemory {
  until: number;
  failed: Run | undefined;
  again: Run | undefined;
}
export const NOTHING_COUNTED: TroubleMemory;
export function troubleSince(
  memory: TroubleMemory,
  seconds: readonly Second[],
): { memory: TroubleMemory; events: ClusterEvent[] };

export function mergeEvents(
  known: readonly ClusterEvent[],
  more: readonly ClusterEvent[],
  limits?: { atMost?: number },
): ClusterEvent[];

import {
  type ClusterEvent,
  changesSince,
  mergeEvents,
  NOTHING_COUNTED,
  NOTHING_SEEN,
  type SightMemory,
  type TroubleMemory,
  troubleSince,
} from '../assets/changes.js';
import { sightingsOf } from '../assets/cluster-words.js';
import type { ClusterStatus } from './types.ts';

const KEPT = 100;
const KEPT_MS = 3_600_000;
/** A look ends within two seconds. One that took longer says that this portal stood still, and nothing of the others. */
const OWN_STANDSTILL_MS = 4_000;

/** What this portal has seen happen within the last hour. It is forgotten with the process; the others have seen it, too. */
export interface Chronicle {
  /** Notes what is new in it. @param tookMs how long the look took that it comes from */
  note(cluster: Omit<ClusterStatus, 'events'>, now: Date, tookMs: number): void;
  /** The newest first. */
  events(now: Date): ClusterEvent[];
}

export function createChronicle(): Chronicle {
  let events: ClusterEvent[] = [];
  let sights: SightMemory = NOTHING_SEEN;
  let trouble: TroubleMemory = NOTHING_COUNTED;
  return {
    note(cluster, now, tookMs) {
      if (tookMs > OWN_STANDSTILL_MS) return;
      const seen = changesSince(sights, sightingsOf(cluster), now.getTime());
      const counted = troubleSince(trouble, cluster.traffic?.seconds ?? []);
      sights = seen.memory;
      trouble = counted.memory;
      const news = [...seen.events, ...counted.events].map((event) => ({
        ...event,
        seenBy: cluster.observer,
      }));
      events = mergeEvents(events, news, { atMost: KEPT });
    },
    events: (now) => events.filter(({ at }) => now.getTime() - at < KEPT_MS),
  };
}

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

/** What this portal has seen happen within the last hour. It is forgotten with the process; the others have seen it, too. */
export interface Chronicle {
  /** Notes what is new in it. @returns the newest first */
  note(cluster: Omit<ClusterStatus, 'events'>, now: Date): ClusterEvent[];
}

export function createChronicle(): Chronicle {
  let events: ClusterEvent[] = [];
  let sights: SightMemory = NOTHING_SEEN;
  let trouble: TroubleMemory = NOTHING_COUNTED;
  return {
    note(cluster, now) {
      const seen = changesSince(sights, sightingsOf(cluster), now.getTime());
      const counted = troubleSince(trouble, cluster.traffic?.seconds ?? []);
      sights = seen.memory;
      trouble = counted.memory;
      const news = [...seen.events, ...counted.events].map((event) => ({
        ...event,
        seenBy: cluster.observer,
      }));
      events = mergeEvents(events, news, { atMost: KEPT }).filter(({ at }) => now.getTime() - at < KEPT_MS);
      return events;
    },
  };
}

import {
  type ClusterEvent,
  changesSince,
  mergeEvents,
  NOTHING_COUNTED,
  NOTHING_SEEN,
  type Sighting,
  type SightMemory,
  type TroubleMemory,
  troubleSince,
} from '../assets/changes.js';
import { sightingsOf } from '../assets/cluster-words.js';
import type { ClusterStatus } from './types.ts';

const KEPT = 100;
const KEPT_MS = 3_600_000;
/** A look ends within three seconds. One that took longer says that this portal stood still, and nothing of the others. */
const OWN_STANDSTILL_MS = 5_000;
/**
 * When a container goes, the machine's network stands still for a moment, and one look may find everybody silent. What a
 * second look, so much later, finds as well has happened: ms.
 */
const CONFIRMED_AFTER_MS = 900;

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
  /** Since when a part has not answered, by its name. */
  const absent = new Map<string, number>();

  const confirmed = (now: Sighting, at: number): Sighting => {
    if (!isAbsent(now)) {
      absent.delete(now.name);
      return now;
    }
    if (!absent.has(now.name)) absent.set(now.name, at);
    const before = sights.seen?.[now.name];
    const doubtful = before && !isAbsent(before) && at - absent.get(now.name)! < CONFIRMED_AFTER_MS;
    return doubtful ? before : now;
  };

  return {
    note(cluster, now, tookMs) {
      if (tookMs > OWN_STANDSTILL_MS) return;
      const at = now.getTime();
      const sightings = sightingsOf(cluster).map((one) => confirmed(one, at));
      const before = sights.seen ?? {};
      const seen = changesSince(sights, sightings, at);
      const wasThere = ({ name }: ClusterEvent) => before[name] && !isAbsent(before[name]);
      const counted = troubleSince(trouble, cluster.traffic?.seconds ?? []);
      sights = seen.memory;
      trouble = counted.memory;
      const news = [...seen.events, ...counted.events].map((event) => ({
        ...event,
        // It was away from the first look on.
        at: (wasThere(event) && absent.get(event.name)) || event.at,
        seenBy: cluster.observer,
      }));
      events = mergeEvents(events, news.toReversed(), { atMost: KEPT });
    },
    events: (now) => events.filter(({ at }) => now.getTime() - at < KEPT_MS),
  };
}

const isAbsent = ({ state }: Sighting) => state === 'silent' || state === 'gone';

import {
  type ClusterEvent,
  changesSince,
  mergeEvents,
  NOTHING_COUNTED,
  NOTHING_SEEN,
  type SightMemory,
  type TroubleMemory,
  troubleSince,
} from '../../portal/assets/changes.js';
import { type Flow, flow } from '../../portal/assets/traffic.js';
import { judge, type Verdict } from '../status/judge.ts';
import type { Seen } from './look.ts';
import { PortalRates } from './rates.ts';
import { type Row, rowsOf } from './sightings.ts';

const KEPT = 200;

export interface Chapter {
  at: Date;
  verdict: Verdict;
  rows: Row[];
  flow: Flow | undefined;
  /** Those of this look alone, the oldest first. */
  news: ClusterEvent[];
}

/** From look to look: what is, and what has happened since. */
export class Story {
  /** The newest first. */
  events: ClusterEvent[] = [];
  #sights: SightMemory = NOTHING_SEEN;
  #trouble: TroubleMemory = NOTHING_COUNTED;
  readonly #rates = new PortalRates();

  next(seen: Seen, at = new Date(), tick = performance.now()): Chapter {
    const verdict = judge(seen, at);
    const rows = rowsOf(seen, verdict, this.#rates.note(seen, tick));
    const sights = changesSince(this.#sights, rows, at.getTime());
    this.#sights = sights.memory;
    const counted = [...seen.balancers.values()].flatMap((told) =>
      'answer' in told && told.answer.traffic ? [told.answer.traffic] : [],
    );
    const traffic = flow(counted);
    const trouble = troubleSince(this.#trouble, traffic?.seconds ?? []);
    this.#trouble = trouble.memory;
    const news = [...sights.events, ...trouble.events].sort((a, b) => a.at - b.at);
    this.events = mergeEvents(this.events, news.toReversed(), { atMost: KEPT });
    return { at, verdict, rows, flow: traffic, news };
  }
}

import type { Seen } from './look.ts';
import type { Rates } from './sightings.ts';

/** Over which requests a second are an average: ms. */
const OVER_MS = 3_000;

/** What each portal answered, from the sums that the load balancers keep. */
export class PortalRates {
  /** The oldest first. */
  #sums: { at: number; by: Map<string, number> }[] = [];

  /** @param now ms of any clock that is never set back */
  note({ balancers }: Pick<Seen, 'balancers'>, now: number): Rates {
    const by = new Map<string, number>();
    for (const [id, told] of balancers) {
      if (!('answer' in told)) continue;
      for (const { name, requests } of told.answer.traffic?.portals ?? []) by.set(`${id} ${name}`, requests);
    }
    this.#sums.push({ at: now, by });
    while (this.#sums.length > 2 && now - this.#sums[1]!.at >= OVER_MS) this.#sums.shift();
    const [first] = this.#sums;
    const seconds = (now - first!.at) / 1000;
    const rates = new Map<string, number>();
    if (seconds < 1) return rates;
    for (const [key, sum] of by) {
      const name = key.slice(key.indexOf(' ') + 1);
      const before = first!.by.get(key) ?? sum;
      // A load balancer that was started again has begun to count anew.
      rates.set(name, (rates.get(name) ?? 0) + Math.max(0, sum - before) / seconds);
    }
    return rates;
  }
}

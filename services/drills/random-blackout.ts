/** Several parts at once, killed or stopped within a second, chosen by chance; the same seed chooses the same again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Blackout } from './blackout.ts';
import { shortName } from './cluster.ts';

export interface Strike {
  part: string;
  action: 'kill' | 'stop';
  /** Milliseconds after the first moment. */
  at: number;
}

export interface BlackoutPlan {
  strikes: Strike[];
  /** Brought up again in this order, with so many milliseconds before each. */
  starts: { part: string; after: number }[];
}

const WITHIN_MS = 1_000;
const MOST_BETWEEN_STARTS_MS = 1_500;

/** Numbers from 0 to below 1 that depend on the seed alone (mulberry32, which is small and good enough to choose with). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Two parts at least, all of them at most. */
export function planBlackout(parts: readonly string[], random: () => number): BlackoutPlan {
  const struck = shuffled(parts, random).slice(0, 2 + Math.floor(random() * (parts.length - 1)));
  return {
    strikes: struck.map((part) => ({
      part,
      action: random() < 0.5 ? 'kill' : 'stop',
      at: Math.floor(random() * WITHIN_MS),
    })),
    starts: shuffled(struck, random).map((part) => ({
      part,
      after: Math.floor(random() * MOST_BETWEEN_STARTS_MS),
    })),
  };
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const left = [...all];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}

/** @param tell is told what is going to happen, so that a failure can be read */
export function randomBlackouts(count: number, seed: number, tell: (sentence: string) => void): Blackout[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => ({
    name: `by chance, ${i + 1} of seed ${seed}`,
    async strike({ cluster }) {
      const parts = (await cluster.parts()).map(shortName).sort();
      const { strikes, starts } = planBlackout(parts, random);
      const struck = strikes.map(({ part, action, at }) => `${part} ${action} ${at} ms`).join(', ');
      tell(`${struck}; started: ${starts.map(({ part }) => part).join(', ')}`);
      await Promise.all(
        strikes.map(async ({ part, action, at }) => {
          await pause(at);
          await cluster[action](part);
        }),
      );
      for (const { part, after } of starts) {
        await pause(after);
        await cluster.start(part);
      }
    },
  }));
}

import { PorticoError } from '../errors.ts';
import type { AwakeClock } from './clock.ts';
import { classify, type Verdict } from './outcome.ts';

export interface HoldOptions {
  clock: AwakeClock;
  /** Callers that may wait at once. */
  maxHeld: number;
  /** Resolves at the next change of any node, or after so many milliseconds. */
  pause: (ms: number) => Promise<void>;
}

export interface Vain {
  reason: string;
  /** Seconds after which a client may do better. */
  retryAfter: number;
}

/** Turns an outage into latency: runs a try again, after a pause, until it succeeds, fails for good, or time is up. */
export class Hold {
  private readonly options: HoldOptions;
  private held = 0;

  constructor(options: HoldOptions) {
    this.options = options;
  }

  /**
   * @param pick the node for the next try, if there is any; told which one failed the last
   * @param attempt one try on it
   * @param doubt told of a node whose connection failed
   * @param inVain asked before each wait: why waiting is in vain, if it is
   */
  async run<T>(
    holdMs: number,
    tryMs: number,
    pick: (failed: string | undefined) => string | undefined,
    attempt: (node: string, deadline: number) => Promise<T>,
    doubt: (node: string) => void,
    inVain: () => Promise<Vain | undefined> = async () => undefined,
  ): Promise<T> {
    const { clock } = this.options;
    const end = clock.now() + holdMs;
    let failed: string | undefined;
    let last: { verdict: Verdict; error: unknown } | undefined;
    let held = false;
    try {
      for (let tries = 0; ; tries += 1) {
        const node = pick(failed);
        if (node !== undefined) {
          try {
            return await attempt(node, Math.min(clock.now() + tryMs, end));
          } catch (error) {
            const verdict = classify(error);
            if (verdict.kind === 'final') {
              throw error;
            }
            last = { verdict, error };
            failed = node;
            if (verdict.kind === 'elsewhere') {
              doubt(node);
            }
          }
        }
        const wait = backoff(tries);
        const vain = await inVain();
        if (vain) {
          throw unavailable(vain.reason, last?.error, vain.retryAfter);
        }
        if (clock.now() + wait >= end) {
          throw unavailable(last?.verdict.reason ?? 'no node is synced', last?.error);
        }
        if (!held) {
          if (this.held >= this.options.maxHeld) {
            throw unavailable('too many requests wait for the database already', last?.error);
          }
          held = true;
          this.held += 1;
        }
        await this.options.pause(wait);
      }
    } finally {
      if (held) {
        this.held -= 1;
      }
    }
  }
}

/** Milliseconds: 10 to 20 at first, doubling up to 200 to 400; spread, so that callers that failed together do not return together. */
export function backoff(tries: number, random: number = Math.random()): number {
  return Math.min(20 * 2 ** tries, 400) * (0.5 + random / 2);
}

function unavailable(reason: string, cause: unknown, retryAfter = 5): PorticoError {
  return new PorticoError(
    'database-unavailable',
    `The database does not answer now (${reason}). Try again in a few seconds.`,
    { cause, retryAfter },
  );
}

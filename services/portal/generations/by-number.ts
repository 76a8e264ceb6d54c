/** Generations as visitors ask for them, by number: a page goes on with the one that it began with. */
import { PorticoError } from '../../platform/errors.ts';
import type { Generation } from './generation.ts';
import type { Loader } from './loader.ts';
import type { Shelves } from './shelves.ts';

/** Anybody may ask for any number, and each load reads and hashes all that it names: one at a time, and so many wait. */
const MAX_WAITING = 8;
/** Seconds. */
const RETRY_AFTER = 5;

export interface ByNumberParts {
  serving(): Generation | undefined;
  shelves: Pick<Shelves, 'read' | 'recent'>;
  /** The keeper's: what it has loaded is used, and it is asked to load nothing, or it would let go of what it prepares. */
  kept: Pick<Loader, 'load' | 'has'>;
  /** For what is not there. */
  earlier: Pick<Loader, 'load' | 'has'>;
}

/**
 * @returns the generation, if it is current or was so lately: what was never shown is nobody's yet, and what was long ago
 *   no open page needs
 * @throws PorticoError 'not-found'; 'busy'
 */
export function createByNumber({
  serving,
  shelves,
  kept,
  earlier,
}: ByNumberParts): (n: number) => Promise<Generation> {
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (n) => {
    const current = serving();
    if (current?.n === n) return current;
    if (!(await shelves.recent()).has(n))
      throw new PorticoError('not-found', `Generation ${n} is not published here, or was long ago.`);
    const manifest = await shelves.read(n);
    for (const loader of [kept, earlier]) if (loader.has(n)) return loader.load(manifest, current);
    if (waiting >= MAX_WAITING)
      throw new PorticoError(
        'busy',
        'Earlier generations are being loaded just now. Try again in a moment.',
        {
          retryAfter: RETRY_AFTER,
        },
      );
    waiting++;
    const mine = turn.then(() => earlier.load(manifest, serving()));
    turn = mine.catch(() => {}); // whoever asked is told
    return mine.finally(() => waiting--);
  };
}

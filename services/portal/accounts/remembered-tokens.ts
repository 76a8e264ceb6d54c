import { PorticoError } from '../../platform/errors.ts';
import type { Principal } from '../http/context.ts';

/** As long as a program goes on reading by its token while the database is away: ms. */
const LIFE_MS = 900_000;
const MAX = 1000;

/** The tokens that were shown lately, by their hash; asked only while the database is away. In memory: a restart forgets. */
export function rememberTokens(now: () => number = () => performance.now()) {
  const seen = new Map<string, { principal: Principal; at: number }>();
  return {
    note(hash: string, principal: Principal | undefined): Principal | undefined {
      seen.delete(hash);
      if (principal) seen.set(hash, { principal, at: now() });
      // A map keeps the order of insertion: the first is the one that was not shown for longest.
      if (seen.size > MAX) seen.delete(seen.keys().next().value!);
      return principal;
    },
    /** @throws PorticoError 'database-unavailable' for a token that is not remembered: it may be good */
    recall(hash: string): Principal {
      const found = seen.get(hash);
      if (found && now() - found.at < LIFE_MS) return { ...found.principal, claimed: true };
      throw new PorticoError(
        'database-unavailable',
        'The database is away, so this token cannot be looked up. Try again in a few seconds.',
        { retryAfter: 5 },
      );
    },
  };
}

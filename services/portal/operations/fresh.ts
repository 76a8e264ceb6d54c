/**
 * Runs `look` for all who ask at once only once, and not again while what it found is fresh.
 * @param freshMs how old that may be, unless who asks says otherwise
 */
export function whenStale(look: () => Promise<void>, freshMs: number): (maxAgeMs?: number) => Promise<void> {
  let looking: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async (maxAgeMs = freshMs) => {
    if (performance.now() - lookedAt < maxAgeMs) return;
    looking ??= look().finally(() => {
      looking = undefined;
      lookedAt = performance.now();
    });
    await looking;
  };
}

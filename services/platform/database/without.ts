import { PorticoError } from '../errors.ts';
import type { Database } from './types.ts';

export function isAway(error: unknown): boolean {
  return error instanceof PorticoError && error.code === 'database-unavailable';
}

/** What the database says, or, while it is away, what is known without it. */
export async function orWithout<T>(
  database: Pick<Database, 'away'>,
  ask: () => Promise<T>,
  without: () => T | Promise<T>,
): Promise<T> {
  if (database.away()) return without();
  try {
    return await ask();
  } catch (error) {
    if (isAway(error)) return without();
    throw error;
  }
}

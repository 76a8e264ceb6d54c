import { readdirSync } from 'node:fs';
import type { Reader } from './types.ts';

export const migrationsFolder = new URL('../../../db/migrations/', import.meta.url);

/** The names of all migrations that this release brings, oldest first. */
export function knownMigrations(): string[] {
  return readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

/** The newest migration that this release was written for. */
export function expectedSchema(): string {
  const newest = knownMigrations().at(-1);
  if (newest === undefined) {
    throw new Error('This release has no migrations: its db/migrations is empty.');
  }
  return newest;
}

/** The newest migration that the database has had, or undefined before the first. */
export async function schemaVersion(reader: Reader): Promise<string | undefined> {
  const tables = await reader.query(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_migrations'",
  );
  if (tables.length === 0) {
    return undefined;
  }
  const [row] = await reader.query<{ name: string | null }>(
    'SELECT MAX(name) AS name FROM schema_migrations',
  );
  return row?.name ?? undefined;
}

/**
 * Changes are expand/contract, so a database ahead of this release is fine; one behind it is not.
 * @returns why the schema does not fit, or undefined when it does
 */
export function whySchemaDoesNotFit(actual: string | undefined, expected: string): string | undefined {
  if (actual === undefined) {
    return 'the database has no schema yet; migrate has not run';
  }
  return actual >= expected ? undefined : `the database is at ${actual}; this release needs ${expected}`;
}

/** The last release, with whose code the next one runs side by side. compose/last-release.json names it; `node services/migrate/name-release.ts` writes that. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const lastReleaseFile = new URL('../../compose/last-release.json', import.meta.url);

const schema = z.strictObject({
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  /** Whose tree it was built from. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** The migrations that it brought, each with the SHA-256 of its file: clusters have run exactly these. */
  migrations: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

export type LastRelease = z.infer<typeof schema>;

/** @throws ZodError, SyntaxError: the file was damaged by hand */
export function lastRelease(file = lastReleaseFile): LastRelease {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export const digest = (sql: string | Buffer): string => createHash('sha256').update(sql).digest('hex');

import { glob } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';

/** In the order in which they run: what fails early and cheaply comes first. By the ending of the file's name. */
export const KINDS = ['unit', 'db', 'cluster', 'browser'] as const;
export type Kind = (typeof KINDS)[number];

/** `x.test.ts` is a unit test; `x.db.test.ts`, `x.cluster.test.ts` and `x.browser.test.ts` say it themselves. */
export function kindOf(file: string): Kind {
  const kind = /\.(db|cluster|browser)\.test\.ts$/.exec(file)?.[1];
  return (kind as Kind | undefined) ?? 'unit';
}

export function inOrder(files: readonly string[]): string[] {
  return [...files].sort((a, b) => KINDS.indexOf(kindOf(a)) - KINDS.indexOf(kindOf(b)) || a.localeCompare(b));
}

/** @param wanted files or directories, relative to where the command was typed; none: all */
export async function findTests(root: string, wanted: readonly string[], from: string): Promise<string[]> {
  const all: string[] = [];
  for await (const file of glob('{services,db,nginx,compose}/**/*.test.ts', { cwd: root }))
    all.push(join(root, file));
  if (wanted.length === 0) return inOrder(all);
  const paths = wanted.map((one) => resolve(from, one));
  return inOrder(
    all.filter((file) => paths.some((path) => file === path || !relative(path, file).startsWith('..'))),
  );
}

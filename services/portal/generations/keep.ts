/** Which generations stay, and what they need. */
import { blobsOf } from './manifest.ts';
import type { Shelves } from './shelves.ts';

const DAY_MS = 86_400_000;

export interface Keeping {
  /** At least so many of the latest stay, however old they are. */
  count: number;
  /** Younger ones stay, however many they are. */
  days: number;
}

export const KEEPING: Keeping = { count: 10, days: 30 };

export interface Keepable {
  n: number;
  createdAt: Date;
  pinned: boolean;
}

/**
 * Pure: those that may go. What is current stays, what is about to become so stays, and so does what was so before it: that
 * is where a rollback leads.
 * @param needed numbers that stay whatever their age
 */
export function planForget<T extends Keepable>(
  all: readonly T[],
  needed: ReadonlySet<number>,
  now: Date,
  keeping: Keeping = KEEPING,
): T[] {
  const young = now.getTime() - keeping.days * DAY_MS;
  return all
    .toSorted((a, b) => b.n - a.n)
    .slice(keeping.count)
    .filter(({ n, createdAt, pinned }) => !pinned && !needed.has(n) && createdAt.getTime() < young);
}

/** A commit in flight, or a clock that is set: whatever is kept for fewer days stays as long as this. */
const LEAST_MS = DAY_MS;

/** Pure: manifests that no row names. One whose row is on its way is young; nobody ever sees what never got one. */
export function planSweep(
  manifests: readonly { n: number; ageMs: number }[],
  known: ReadonlySet<number>,
  needed: ReadonlySet<number>,
  { days }: Keeping = KEEPING,
): number[] {
  return manifests
    .filter(({ n, ageMs }) => !known.has(n) && !needed.has(n) && ageMs > Math.max(days * DAY_MS, LEAST_MS))
    .map(({ n }) => n);
}

/** Of every manifest on the volume, also of one whose row is still on its way. @throws when one cannot be read: it may name anything */
export async function blobsOfGenerations(shelves: Shelves): Promise<Set<string>> {
  const all = new Set<string>();
  for (const n of await shelves.numbers())
    for (const { sha256 } of blobsOf(await shelves.read(n))) all.add(sha256);
  return all;
}

/** What the forgotten ones named: that nothing names it any more was wanted. One that cannot be read explains nothing. */
export async function blobsOfForgotten(shelves: Shelves): Promise<Set<string>> {
  const all = new Set<string>();
  for await (const { manifest } of shelves.forgotten())
    for (const { sha256 } of manifest ? blobsOf(manifest) : []) all.add(sha256);
  return all;
}

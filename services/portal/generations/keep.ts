/** Which generations stay, and what they need. */
import { blobsOf } from './manifest.ts';
import type { Shelves } from './shelves.ts';

/** At least so many of the latest stay, however old they are. */
export const KEEP_COUNT = 10;
/** Younger ones stay, however many they are: days. */
export const KEEP_DAYS = 30;

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
export function planForget(all: readonly Keepable[], needed: ReadonlySet<number>, now: Date): number[] {
  const young = now.getTime() - KEEP_DAYS * 86_400_000;
  return all
    .toSorted((a, b) => b.n - a.n)
    .slice(KEEP_COUNT)
    .filter(({ n, createdAt, pinned }) => !pinned && !needed.has(n) && createdAt.getTime() < young)
    .map(({ n }) => n);
}

/** Of every manifest on the volume, also of one whose row is still on its way. @throws when one cannot be read: it may name anything */
export async function blobsOfGenerations(shelves: Shelves): Promise<Set<string>> {
  const all = new Set<string>();
  for (const n of await shelves.numbers())
    for (const { sha256 } of blobsOf(await shelves.read(n))) all.add(sha256);
  return all;
}

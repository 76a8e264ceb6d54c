/** Pure: by what results can be narrowed down, and how many would be left. */
import type { Findable } from './documents.ts';

export const FACETS = ['kind', 'api', 'lifecycle', 'language'] as const;
export type Facet = (typeof FACETS)[number];
export type Wanted = { [F in Facet]?: Findable[F] };
export type Counts = Record<Facet, { value: string; count: number }[]>;

type Sorted = Pick<Findable, Facet>;

/** Of one facet, the largest: a list of five hundred APIs helps nobody. */
const MOST = 12;

/**
 * What is wanted of what was found, and for each value of each facet how many there would be with it and the other facets
 * as they are: so a person sees what a click gives before it.
 */
export function narrow<T>(
  found: readonly T[],
  wanted: Wanted,
  sortedOf: (one: T) => Sorted,
): { left: T[]; counts: Counts } {
  const left: T[] = [];
  const counted = FACETS.map((facet) => ({ facet, counts: new Map<string, number>() }));
  const chosen = FACETS.filter((facet) => wanted[facet] !== undefined);
  for (const one of found) {
    const sorted = sortedOf(one);
    const against = chosen.filter((facet) => wanted[facet] !== sorted[facet]);
    if (against.length === 0) left.push(one);
    if (against.length > 1) continue;
    for (const { facet, counts } of counted)
      if (against.length === 0 || against[0] === facet)
        counts.set(sorted[facet], (counts.get(sorted[facet]) ?? 0) + 1);
  }
  const listed = counted.map(({ facet, counts }) => [facet, largest(counts, wanted[facet])] as const);
  return { left, counts: Object.fromEntries(listed) as Counts };
}

/** What was chosen stays in the list, also with nothing left of it: it has to be taken away somewhere. */
function largest(counts: ReadonlyMap<string, number>, chosen: string | undefined) {
  const all = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  const shown = all.slice(0, MOST);
  if (chosen !== undefined && !shown.some(({ value }) => value === chosen))
    shown.push({ value: chosen, count: counts.get(chosen) ?? 0 });
  return shown;
}

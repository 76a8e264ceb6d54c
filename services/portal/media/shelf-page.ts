import { type Cursor, encodeCursor, parseQuery } from './paging.ts';
import type { MediaItem, MediaPage, MediaQuery, MediaSort } from './types.ts';

/**
 * Pure: one page of the library, as the database would give it (repository.ts), so that somebody who pages through it
 * while the database goes away or comes back does not notice. Names are compared as its collation does: without case
 * and accents.
 */
const collator = new Intl.Collator('und', { sensitivity: 'base' });

type Place = Pick<Cursor, 'id' | 'key'>;

const byId = (a: Place, b: Place): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const byName = (a: Place, b: Place) => collator.compare(String(a.key), String(b.key)) || byId(a, b);
const bySize = (a: Place, b: Place) => Number(a.key) - Number(b.key) || byId(a, b);
const backwards = (order: typeof byId) => (a: Place, b: Place) => order(b, a);

const SORTS: Record<MediaSort, { order: typeof byId; key?: (item: MediaItem) => string | number }> = {
  newest: { order: backwards(byId) },
  oldest: { order: byId },
  name: { order: byName, key: (item) => item.name },
  largest: { order: backwards(bySize), key: (item) => item.size },
};

/** @throws PorticoError 'invalid' for a cursor that is not of this list */
export function pageOf(items: readonly MediaItem[], query: MediaQuery): MediaPage {
  const { search, sort, limit, after } = parseQuery(query);
  const { order, key } = SORTS[sort];
  const place = (item: MediaItem): Place => ({ id: item.id, key: key?.(item) });
  const wanted = search === undefined || search === '' ? undefined : plain(search);
  const found = wanted === undefined ? items : items.filter(({ name }) => plain(name).includes(wanted));
  const rest = found
    .map((item) => ({ item, place: place(item) }))
    .filter((one) => after === undefined || order(one.place, after) > 0)
    .sort((a, b) => order(a.place, b.place));
  const shown = rest.slice(0, limit);
  const page: MediaPage = { items: shown.map(({ item }) => item), total: found.length };
  const last = shown.at(-1);
  if (rest.length > limit && last) page.nextCursor = encodeCursor({ sort, ...last.place });
  return page;
}

/**
 * Letters that the collation takes for others, and that do not fall apart into letter and mark. LIKE compares letter by
 * letter, so ß is not ss.
 */
const LIKE: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ħ: 'h' };

/** Without case and accents. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[øłđħ]/g, (letter) => LIKE[letter]!);
}

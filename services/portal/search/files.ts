/**
 * Searching the library's public files. They are visible at once on every node, without a publish, so they cannot be in
 * a generation's index, which never changes: this one follows the shelf, which the volume's records keep up to date also
 * while the database is away. Where a generation answers under its own number, and is kept for an hour, files have an
 * answer of their own that nobody keeps.
 */
import MiniSearch, { type SearchOptions } from 'minisearch';
import { kindOf } from '../media/kinds.ts';
import type { ShelfListener } from '../media/shelf.ts';
import type { MediaItem } from '../media/types.ts';
import { fold, squash, tokenize } from './words.ts';

export interface FileHit {
  item: MediaItem;
  /** The words of its name that matched, for marking. */
  terms: string[];
}

export interface FoundFiles {
  total: number;
  hits: FileHit[];
  /** Not every record was looked at yet: there may be more. */
  partial: boolean;
}

export interface FileSearch {
  search(query: { text: string; limit: number; offset?: number }): FoundFiles;
}

/** So many of the newest are searched, since pages wait for it: measured, some 8 ms for a word that all of them have. */
const MOST = 5_000;
/** Beyond it by so many, the oldest are left out together. */
const SLACK = 500;
const MAX_CHARACTERS = 200;

interface Indexed {
  id: string;
  name: string;
  kind: string;
}

export function createFileIndex(most = MOST, slack = SLACK): FileSearch & ShelfListener {
  const index = new MiniSearch<Indexed>({ fields: ['name', 'kind'], tokenize, processTerm: fold });
  /** `bare`: its name, to be compared with what is asked. */
  const all = new Map<string, { item: MediaItem; indexed: Indexed; bare: string }>();
  let isWhole = false;
  /** Files that are older were left out. */
  let oldest = '';

  function forget(id: string): void {
    const known = all.get(id);
    if (known === undefined) return;
    // Not `discard`, which leaves traces in the scores: every portal answers alike, whatever each has seen come and go.
    index.remove(known.indexed);
    all.delete(id);
  }

  function leaveOutOldest(): void {
    const ids = [...all.keys()].sort();
    for (const id of ids.slice(0, ids.length - most)) forget(id);
    oldest = ids[ids.length - most]!;
  }

  return {
    set(id, item) {
      forget(id);
      // Whatever is not for everybody is never in the index, so no question can bring it out.
      if (item?.visibility !== 'public' || id < oldest) return;
      const indexed = { id, name: item.name, kind: `${kindOf(item.mediaType).label} ${item.mediaType}` };
      index.add(indexed);
      all.set(id, { item, indexed, bare: squash(item.name) });
      if (all.size > most + slack) leaveOutOldest();
    },
    whole() {
      isWhole = true;
    },
    search({ text, limit, offset = 0 }) {
      const words = text.slice(0, MAX_CHARACTERS);
      const asked = squash(words);
      const strict: SearchOptions = {
        boost: { name: 3 },
        prefix: (term) => term.length > 1,
        combineWith: 'AND',
      };
      let found = index.search(words, strict);
      if (found.length === 0)
        found = index.search(words, { ...strict, fuzzy: (term) => (term.length >= 4 ? 1 : false) });
      const hits = found
        .map(({ id, score, terms }) => {
          const { item, bare } = all.get(id as string)!;
          // Scores depend on the order of arrival in their last digits.
          return { item, terms, exact: bare === asked ? 1 : 0, score: Math.round(score * 1e6) };
        })
        .sort((a, b) => b.exact - a.exact || b.score - a.score || (a.item.id < b.item.id ? 1 : -1));
      return {
        total: hits.length,
        hits: hits.slice(offset, offset + limit).map(({ item, terms }) => ({ item, terms })),
        partial: !isWhole,
      };
    },
  };
}

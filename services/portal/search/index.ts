/** The index of one generation: typo-tolerant, by words and their beginnings. The same content gives the same answers on every portal. */
import MiniSearch from 'minisearch';
import type { Findable } from './documents.ts';
import { type Counts, narrow, type Wanted } from './facets.ts';
import { type Manner, questionOf } from './question.ts';
import { exactness, labelOf } from './rank.ts';
import { spreadOf } from './spread.ts';
import { fold, saysNothing, tokenize, wordsOf } from './words.ts';

export interface Query extends Wanted {
  text: string;
  limit: number;
  offset?: number;
}

export interface Hit extends Findable {
  /** The words of it that matched, for marking. */
  terms: string[];
}

export interface Results {
  total: number;
  hits: Hit[];
  /** How many there would be with each value of each facet. */
  counts: Counts;
  /** How many there would be, were nothing narrowed down. */
  whole: number;
  /** Nothing has all the words: these have some. */
  some: boolean;
  /** Other words, when these find nothing. */
  instead?: string;
}

const FIELDS = ['title', 'name', 'key', 'apiTitle', 'tags', 'text'] as const;
const BOOST = { title: 4, key: 4, name: 3, apiTitle: 2, tags: 2 };
/** With fewer results than these each word is taken for one that may be misspelt. */
const FEW = 3;

export interface SearchIndex {
  search(query: Query): Results;
  readonly size: number;
}

export function createIndex(documents: Iterable<Findable>): SearchIndex {
  const places = new Map<string, number>();
  let isMade = false;
  const index = new MiniSearch<{ id: number }>({
    fields: [...FIELDS],
    extractField: (one, field) => (one as unknown as Record<string, string>)[field]!,
    tokenize,
    processTerm(term) {
      const folded = fold(term);
      if (isMade) return folded;
      if (saysNothing(folded)) return false;
      places.set(folded, (places.get(folded) ?? 0) + 1);
      return folded;
    },
  });
  // MiniSearch knows them by their numbers: what it stores, it would copy for each of ten thousand results.
  const all: Findable[] = [];
  /** Of each the words of its names, a space before every one. */
  const names: string[] = [];
  const ids = new Set<string>();
  for (const one of documents) {
    if (ids.has(one.id)) continue;
    ids.add(one.id);
    // What has no other title than its name is not found twice as well for it.
    const name = one.name.endsWith(one.title) ? labelOf(one.name) : one.name;
    const indexed = { ...one, name, id: all.push(one) - 1 };
    index.add(indexed);
    names.push(` ${tokenize(`${one.title} ${one.name} ${one.key}`).map(fold).join(' ')}`);
  }
  isMade = true;
  const spread = spreadOf(places);

  /** An API before the operations that have its name in theirs. */
  const boostDocument = (id: number) => (all[id]!.kind === 'api' ? 2 : 1);

  function find(text: string, manner: Manner): Found[] {
    const question = questionOf(text, spread, manner);
    if (question === undefined) return [];
    const { asked, named } = question;
    const found = index.search(asked, { boost: BOOST, boostDocument }) as unknown as Found[];
    return named.length === 0
      ? found
      : found.filter(({ id }) => named.every((word) => names[id]!.includes(` ${word}`)));
  }

  function findPatiently(text: string): { found: Found[]; some: boolean } {
    const strict = find(text, { patient: false, some: false });
    if (strict.length >= FEW) return { found: strict, some: false };
    const patient = find(text, { patient: true, some: false });
    if (patient.length > 0) return { found: patient, some: false };
    const loose = find(text, { patient: true, some: true });
    return { found: loose, some: loose.length > 0 };
  }

  /** Words that are here and look like those that are not. */
  function nearest(text: string): string | undefined {
    const words = wordsOf(text.slice(0, 60)).map((word) => {
      const [first] = index.autoSuggest(word, { fuzzy: 0.4, prefix: false, combineWith: 'OR' });
      const close = (term: string) => Math.abs(term.length - word.length);
      return first?.terms.toSorted((a, b) => close(a) - close(b))[0];
    });
    return words.filter((word) => word !== undefined).join(' ') || undefined;
  }

  return {
    size: all.length,
    search({ text, limit, offset = 0, ...wanted }) {
      const { found, some } = findPatiently(text);
      const ordered = inOrder(found, all, text);
      const { left, counts } = narrow(ordered, wanted, ({ one }) => one);
      const hits = left.slice(offset, offset + limit).map(({ one, found: { terms } }) => ({ ...one, terms }));
      const instead = found.length === 0 ? nearest(text) : undefined;
      return { total: left.length, hits, counts, whole: found.length, some, ...(instead && { instead }) };
    },
  };
}

interface Found {
  /** The place in the list of all. */
  id: number;
  terms: string[];
}

/** @param found best first, as MiniSearch gives them */
function inOrder(found: readonly Found[], all: readonly Findable[], text: string) {
  const exact = exactness(text);
  const tiers: { one: Findable; found: Found }[][] = [[], [], []];
  for (const its of found) {
    const one = all[its.id]!;
    tiers[2 - exact(one)]!.push({ one, found: its });
  }
  return tiers.flat();
}

/** The index of one generation: typo-tolerant, by words and their beginnings. The same content gives the same answers on every portal. */
import MiniSearch, { type Options } from 'minisearch';
import type { Findable, FoundKind } from './documents.ts';

export interface Query {
  text: string;
  kind?: FoundKind;
  api?: string;
  lifecycle?: string;
  limit: number;
  offset?: number;
}

export interface Hit
  extends Pick<Findable, 'id' | 'kind' | 'title' | 'name' | 'api' | 'apiTitle' | 'version' | 'text'> {
  /** The words of it that matched, for marking. */
  terms: string[];
}

export interface Results {
  total: number;
  hits: Hit[];
  /** How many of each kind, were none chosen. */
  kinds: Record<FoundKind, number>;
}

const STORED = ['kind', 'title', 'name', 'api', 'apiTitle', 'version', 'text', 'lifecycle'] as const;

const OPTIONS: Options<Findable> = {
  fields: ['title', 'name', 'api', 'apiTitle', 'tags', 'text'],
  storeFields: [...STORED],
  // `getUserById` is found by user, `/pets/{petId}` by pet, and each as it stands.
  tokenize: (text) => {
    const words = text.split(/[^\p{L}\p{N}_-]+/u).filter(Boolean);
    return words.flatMap((word) => {
      const parts = word.split(/[_-]+|(?<=\p{Ll}|\p{N})(?=\p{Lu})/u).filter(Boolean);
      return parts.length > 1 ? [word, ...parts] : [word];
    });
  },
  processTerm: (term) => term.toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, ''),
};
const BOOST = { title: 4, name: 3, api: 2, apiTitle: 2, tags: 2 };
/** More words than these are not looked at. */
const MAX_WORDS = 12;
const MAX_CHARACTERS = 200;

export interface SearchIndex {
  search(query: Query): Results;
  /** What somebody may be about to type. */
  suggest(text: string, limit: number): string[];
  readonly size: number;
}

export function createIndex(documents: Iterable<Findable>): SearchIndex {
  const index = new MiniSearch<Findable>(OPTIONS);
  for (const one of documents) if (!index.has(one.id)) index.add(one);
  return {
    size: index.documentCount,
    search({ text, kind, api, lifecycle, limit, offset = 0 }) {
      const found = index.search(clean(text), {
        boost: BOOST,
        prefix: (term) => term.length >= 2,
        // One slip in a word of four letters, two in one of eight.
        fuzzy: (term) => (term.length >= 4 ? Math.min(2, Math.floor(term.length / 4)) : false),
        combineWith: 'AND',
        filter: (one) =>
          (api === undefined || one.api === api) && (lifecycle === undefined || one.lifecycle === lifecycle),
      });
      const kinds: Record<FoundKind, number> = { api: 0, operation: 0, schema: 0 };
      for (const one of found) kinds[one.kind as FoundKind]++;
      const wanted = kind === undefined ? found : found.filter((one) => one.kind === kind);
      const hits = wanted.slice(offset, offset + limit).map((one): Hit => {
        const {
          id,
          kind: is,
          title,
          name,
          api: of,
          apiTitle,
          version,
          text: words,
        } = one as unknown as Findable;
        return { id, kind: is, title, name, api: of, apiTitle, version, text: words, terms: one.terms };
      });
      return { total: wanted.length, hits, kinds };
    },
    suggest: (text, limit) =>
      index
        .autoSuggest(clean(text), { boost: BOOST, fuzzy: (term) => (term.length >= 4 ? 1 : false) })
        .slice(0, limit)
        .map(({ suggestion }) => suggestion),
  };
}

const clean = (text: string): string =>
  text.slice(0, MAX_CHARACTERS).split(/\s+/).slice(0, MAX_WORDS).join(' ');

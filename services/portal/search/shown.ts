/** What the page of results prints: prepared, so that the view only escapes and loops. Pure. */
import { humanSize } from '../assets/words.js';
import { mediaUrl } from '../http/context.ts';
import { kindOf } from '../media/kinds.ts';
import { address } from './asked.ts';
import { type FoundKind, KINDS, type Language } from './documents.ts';
import type { Facet } from './facets.ts';
import type { FileHit, FoundFiles } from './files.ts';
import type { Hit, Results } from './index.ts';
import { marks, type Piece } from './marks.ts';
import { labelOf } from './rank.ts';

export const WORDS: Record<FoundKind | 'file', [one: string, several: string]> = {
  api: ['API', 'APIs'],
  operation: ['Operation', 'Operations'],
  schema: ['Schema', 'Schemas'],
  file: ['File', 'Files'],
};
const LANGUAGE_WORDS: Record<Language, string> = {
  openapi: 'OpenAPI',
  asyncapi: 'AsyncAPI',
  graphql: 'GraphQL',
};
/** The kinds stand above the results, as tabs. */
const BESIDE: [facet: Exclude<Facet, 'kind'>, heading: string][] = [
  ['api', 'API'],
  ['lifecycle', 'Lifecycle'],
  ['language', 'Described in'],
];
/** Characters of a text that a result shows. */
const EXCERPT = 240;

export interface Choice {
  word: string;
  href: string;
  isThis: boolean;
  count?: number;
}

/** @param titleOf an API's title by its name */
export function facetWord(facet: Facet, value: string, titleOf: (api: string) => string): string {
  if (facet === 'kind') return WORDS[value as FoundKind][1];
  if (facet === 'api') return titleOf(value);
  return facet === 'language' ? LANGUAGE_WORDS[value as Language] : value;
}

/** @param query what was asked, by the names in the address */
export function tabsOf(
  query: Record<string, string>,
  found: Results | undefined,
  files: FoundFiles,
): Choice[] {
  const tab = (kind: FoundKind | 'file' | undefined, count: number | undefined): Choice => ({
    word: kind === undefined ? 'Everything' : WORDS[kind][1],
    href: address(query, { kind }),
    isThis: query.kind === kind,
    ...(count !== undefined && { count }),
  });
  const countOf = (kind: FoundKind) => found?.counts.kind.find(({ value }) => value === kind)?.count ?? 0;
  return [
    tab(undefined, undefined),
    ...KINDS.map((kind) => tab(kind, countOf(kind))),
    tab('file', files.total),
  ];
}

/** One that leaves no choice is left out, unless it was chosen. */
export function facetsOf(
  query: Record<string, string>,
  { counts }: Results,
  titleOf: (api: string) => string,
): { heading: string; choices: Choice[] }[] {
  return BESIDE.flatMap(([facet, heading]) => {
    const chosen = query[facet];
    if (counts[facet].length < 2 && chosen === undefined) return [];
    const choices = counts[facet].map(({ value, count }): Choice => {
      const isThis = value === chosen;
      return {
        word: facetWord(facet, value, titleOf),
        href: address(query, { [facet]: isThis ? undefined : value }),
        isThis,
        count,
      };
    });
    return [{ heading, choices }];
  });
}

/** What was chosen, each with the address at which it is not. */
export function chosenOf(query: Record<string, string>, titleOf: (api: string) => string): Choice[] {
  return BESIDE.flatMap(([facet]) => {
    const value = query[facet];
    if (value === undefined) return [];
    const word = facetWord(facet, value, titleOf);
    return [{ word, href: address(query, { [facet]: undefined }), isThis: true }];
  });
}

export interface ShownHit {
  href: string;
  kind: FoundKind | 'file';
  word: string;
  title: Piece[];
  name: Piece[];
  where: string;
  text: Piece[];
  /** Of its API, when it is not `active`. */
  lifecycle: string;
}

export const hitShown = (hit: Hit): ShownHit => ({
  href: hit.id,
  kind: hit.kind,
  word: WORDS[hit.kind][0],
  title: marks(hit.title, hit.terms),
  name: marks(hit.name.endsWith(hit.title) ? labelOf(hit.name) : hit.name, hit.terms),
  where: hit.kind === 'api' ? hit.version : `${hit.apiTitle} ${hit.version}`,
  text: marks(hit.text.slice(0, EXCERPT), hit.terms),
  lifecycle: hit.lifecycle === 'active' ? '' : hit.lifecycle,
});

export const fileShown = ({ item, terms }: FileHit): ShownHit => ({
  // Its page in the library is for signed-in people; its bytes are for everybody.
  href: mediaUrl(item),
  kind: 'file',
  word: WORDS.file[0],
  title: marks(item.name, terms),
  name: [],
  where: `${kindOf(item.mediaType).label}, ${humanSize(item.size)}`,
  text: [],
  lifecycle: '',
});

/** A suggestion: the same, without its text. */
export const suggestionOf = ({ href, kind, word, title, name, where }: ShownHit) => ({
  href,
  kind,
  word,
  title,
  name,
  where,
});

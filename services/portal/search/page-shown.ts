/** What the page of results prints: prepared, so that the view only escapes and loops. Pure. */
import { count } from '../views/words.ts';
import { address, LAST_PAGE } from './asked.ts';
import { type FoundKind, KINDS, type Language } from './documents.ts';
import type { Facet } from './facets.ts';
import type { FoundFiles } from './files.ts';
import type { Results } from './index.ts';
import { fileShown, hitShown, WORDS } from './shown.ts';

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
interface Choice {
  word: string;
  href: string;
  isThis: boolean;
  count?: number;
}

/** @param titleOf an API's title by its name */
function facetWord(facet: Facet, value: string, titleOf: (api: string) => string): string {
  if (facet === 'kind') return WORDS[value as FoundKind][1];
  if (facet === 'api') return titleOf(value);
  return facet === 'language' ? LANGUAGE_WORDS[value as Language] : value;
}

/** @param query what was asked, by the names in the address */
function tabsOf(query: Record<string, string>, found: Results | undefined, files: FoundFiles): Choice[] {
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
function facetsOf(
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
function chosenOf(query: Record<string, string>, titleOf: (api: string) => string): Choice[] {
  return BESIDE.flatMap(([facet]) => {
    const value = query[facet];
    if (value === undefined) return [];
    const word = facetWord(facet, value, titleOf);
    return [{ word, href: address(query, { [facet]: undefined }), isThis: true }];
  });
}

export interface PageParts {
  /** What was asked, by the names in the address. */
  query: Record<string, string>;
  text: string;
  kind: FoundKind | 'file' | undefined;
  page: number;
  perPage: number;
  found: Results | undefined;
  files: FoundFiles;
  /** An API's title by its name. */
  titleOf: (api: string) => string;
}

export function pageShown({ query, text, kind, page, perPage, found, files, titleOf }: PageParts) {
  const [inGeneration, inFiles] = [found?.total ?? 0, files.total];
  const onlyFiles = kind === 'file';
  const listed = onlyFiles ? inFiles : inGeneration;
  const total = kind === undefined ? inGeneration + inFiles : listed;
  const isAsked = text !== '';
  const pageAt = (number: number) => address(query, { page: String(number) });
  return {
    text,
    /** What was chosen stays when other words are looked for. */
    hidden: Object.entries(query).filter(([name]) => name !== 'q' && name !== 'page'),
    summary: isAsked ? count(total, 'result') : '',
    tabs: isAsked ? tabsOf(query, found, files) : [],
    facets: found && !onlyFiles ? facetsOf(query, found, titleOf) : [],
    chosen: chosenOf(query, titleOf),
    some: found?.some === true && inGeneration > 0,
    partial: files.partial,
    hits: onlyFiles ? files.hits.map(fileShown) : (found?.hits ?? []).map(hitShown),
    files: kind === undefined && page === 1 ? files.hits.map(fileShown) : [],
    filesSummary: count(inFiles, 'file'),
    allFiles: inFiles > files.hits.length ? address(query, { kind: 'file' }) : undefined,
    nothing: isAsked && total === 0,
    elsewhere: found?.whole
      ? { summary: count(found.whole, 'result'), href: address({ q: text }, {}) }
      : undefined,
    instead:
      found?.instead && inFiles === 0
        ? { text: found.instead, href: address({ q: found.instead }, {}) }
        : undefined,
    previousPage: page > 1 ? pageAt(page - 1) : undefined,
    nextPage: listed > page * perPage && page < LAST_PAGE ? pageAt(page + 1) : undefined,
  };
}

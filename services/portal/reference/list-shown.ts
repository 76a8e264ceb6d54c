/** The list of published APIs, and the links that narrow it: plain ones, so that each view has an address. Pure. */
import type { PublishedApi } from '../generations/manifest.ts';
import { count } from '../views/words.ts';
import { cardOf } from './frame.ts';

const FACTS = ['tag', 'owner', 'lifecycle'] as const;
type Fact = (typeof FACTS)[number];
export type ListFilter = { [F in Fact]?: string };

const HEADINGS: Record<Fact, string> = { tag: 'Tag', owner: 'Owner', lifecycle: 'State' };
/** Of one fact; more are found by the search. */
const MAX_CHOICES = 40;

export function filterOf(query: Record<string, unknown>): ListFilter {
  const given = FACTS.map((fact) => [fact, query[fact]] as const);
  return Object.fromEntries(given.filter(([, value]) => typeof value === 'string' && value !== ''));
}

const valuesOf = ({ tags, owner, lifecycle }: PublishedApi): Record<Fact, readonly string[]> => ({
  tag: tags,
  owner: owner === '' ? [] : [owner],
  lifecycle: [lifecycle],
});

const fits = (api: PublishedApi, filter: ListFilter): boolean =>
  FACTS.every((fact) => filter[fact] === undefined || valuesOf(api)[fact].includes(filter[fact]));

/** A link for each value that an API has, if there is more than one to choose from. */
export function listShown(all: readonly PublishedApi[], filter: ListFilter) {
  const found = all.filter((api) => fits(api, filter));
  const retired = found.filter(({ lifecycle }) => lifecycle === 'retired');
  const others = found.filter(({ lifecycle }) => lifecycle !== 'retired');
  const words = FACTS.flatMap((fact) =>
    filter[fact] === undefined ? [] : `${HEADINGS[fact].toLowerCase()} ${filter[fact]}`,
  );
  return {
    apis: others.map(cardOf),
    retired: retired.map(cardOf),
    isEmpty: all.length === 0,
    isFiltered: words.length > 0,
    summary: [count(found.length, 'API'), ...words].join(' · '),
    filters: FACTS.map((fact) => ({
      heading: HEADINGS[fact],
      choices: choicesOf(all, fact, filter),
    })).filter(({ choices }) => choices.length > 1 || choices.some(({ isThis }) => isThis)),
  };
}

function choicesOf(all: readonly PublishedApi[], fact: Fact, filter: ListFilter) {
  const { [fact]: chosen, ...rest } = filter;
  const counts = new Map<string, number>(chosen === undefined ? [] : [[chosen, 0]]);
  for (const api of all.filter((one) => fits(one, rest)))
    for (const value of valuesOf(api)[fact]) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(
      ([a, m], [b, n]) => Number(b === chosen) - Number(a === chosen) || n - m || a.localeCompare(b, 'en'),
    )
    .slice(0, MAX_CHOICES)
    .map(([value, n]) => ({
      value,
      count: n,
      isThis: value === chosen,
      // The chosen one's link takes it away again.
      href: addressOf(value === chosen ? rest : { ...rest, [fact]: value }),
    }));
}

function addressOf(filter: ListFilter): string {
  const query = new URLSearchParams(filter as Record<string, string>);
  return query.size === 0 ? '/apis' : `/apis?${query}`;
}

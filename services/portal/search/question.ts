/**
 * Pure: what somebody typed, as MiniSearch is asked. Each word is looked for as widely as its spread allows: a rare one
 * in every text, with all that begin so and with slips of the pen; one that stands everywhere only narrows down what the
 * others found. So the price of a question does not grow with how common its words are.
 */
import type { QueryCombination } from 'minisearch';
import type { Spread } from './spread.ts';
import { fold, partsOf, saysNothing, wordsOf } from './words.ts';

/** Places that one word may lead to; with more, looking at each of them takes longer than a page may. */
const AFFORDABLE = 3_000;
/** More words than these are not looked at. */
const MAX_WORDS = 12;
const MAX_CHARACTERS = 200;

export interface Manner {
  /** Words may be misspelt. */
  patient: boolean;
  /** Some of the words are enough. */
  some: boolean;
}

export interface Question {
  asked: QueryCombination;
  /** Beginnings of words that must be in the names of what is found. Folded. */
  named: string[];
}

/** @returns undefined: nothing is asked */
export function questionOf(text: string, spread: Spread, manner: Manner): Question | undefined {
  const telling = wordsOf(text.slice(0, MAX_CHARACTERS))
    .slice(0, MAX_WORDS)
    .filter((word) => !saysNothing(fold(word)))
    // The rarest first: it is asked for, however common it is.
    .map((word) => ({ word, places: spread.of(fold(word)) }))
    .sort((a, b) => a.places - b.places);
  const [rarest, ...others] = telling;
  if (rarest === undefined) return undefined;
  const [asked, common] = [[rarest], [] as typeof others];
  for (const one of others) (one.places > AFFORDABLE ? common : asked).push(one);
  return {
    asked: group(
      asked.map(({ word }) => lookFor(word, spread, manner.patient)),
      manner.some ? 'OR' : 'AND',
    ),
    named: manner.some ? [] : common.map(({ word }) => fold(word)),
  };
}

const group = (queries: QueryCombination[], combineWith: 'AND' | 'OR'): QueryCombination => ({
  queries,
  combineWith,
});

/** `listPets` as it stands, or what says "list" and "pets". */
function lookFor(word: string, spread: Spread, patient: boolean): QueryCombination {
  const itself = term(word, spread, patient);
  const parts = partsOf(word).filter(
    (part) => !saysNothing(fold(part)) && spread.of(fold(part)) <= AFFORDABLE && part !== word,
  );
  if (parts.length === 0) return itself;
  return group(
    [
      itself,
      group(
        parts.map((part) => term(part, spread, patient)),
        'AND',
      ),
    ],
    'OR',
  );
}

function term(word: string, spread: Spread, patient: boolean): QueryCombination {
  const folded = fold(word);
  const [places, beginning] = [spread.of(folded), spread.ofBeginning(folded)];
  const itself = { queries: [word], tokenize: (only: string) => [only] };
  if (beginning <= AFFORDABLE)
    return { ...itself, prefix: folded.length > 1, fuzzy: patient ? slips(folded) : false };
  return places === 0
    ? { ...itself, prefix: true, fields: ['title'] }
    : { ...itself, prefix: false, ...(places > AFFORDABLE && { fields: ['title', 'name', 'key'] }) };
}

/** One slip in a word of four letters, two in one of eight. */
const slips = (folded: string): number | false =>
  folded.length >= 4 ? Math.min(2, Math.floor(folded.length / 4)) : false;

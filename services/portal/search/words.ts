/** How texts fall apart into what is searched: the same for what is indexed and for what is asked. Pure. */

/** Without case and accents. */
export const fold = (text: string): string =>
  // Most words are ASCII, and an index has millions of them.
  ASCII.test(text) ? text.toLowerCase() : text.toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '');
const ASCII = /^[ -~]*$/;

export const wordsOf = (text: string): string[] => text.split(/[^\p{L}\p{N}_-]+/u).filter(Boolean);

/** `getUserById` in its four; a plain word in one. */
export const partsOf = (word: string): string[] =>
  PLAIN.test(word)
    ? [word]
    : word.split(/[_-]+|(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u).filter(Boolean);
const PLAIN = /^[A-Z]?[a-z0-9]+$/;

/** `getUserById` is found by user, `/pets/{petId}` by pet, and each as it stands. */
export const tokenize = (text: string): string[] =>
  wordsOf(text).flatMap((word) => {
    const parts = partsOf(word);
    return parts.length > 1 ? [word, ...parts] : [word];
  });

/** What is left of `GET /pets/{petId}`, `getPetsPetId` and `get pets pet id` is the same. */
export const squash = (text: string): string => fold(text).replaceAll(/[^\p{L}\p{N}]+/gu, '');

/** They are in every sentence and tell nothing apart. */
const EMPTY = new Set(
  'a an and are as at be by for from has if in is it its of on or that the this to was were will with'.split(
    ' ',
  ),
);
/** @param term folded */
export const saysNothing = (term: string): boolean => EMPTY.has(term);

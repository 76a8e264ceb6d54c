/** Pure: what somebody named exactly comes before what merely speaks of it. */
import type { Findable } from './documents.ts';
import { fold, squash } from './words.ts';

type Named = Pick<Findable, 'title' | 'name' | 'key' | 'api' | 'kind'>;

/** 2: it is called so, letter by letter. 1: so, but for case, marks and spaces between words. 0: it is found by its words. */
export type Exactness = 0 | 1 | 2;

/** @returns how exactly a thing is the one that was named */
export function exactness(text: string): (one: Named) => Exactness {
  const [plain, bare] = [fold(text.trim().replaceAll(/\s+/g, ' ')), squash(text)];
  if (bare === '') return () => 0;
  return (one) => {
    let best: Exactness = 0;
    for (const name of namesOf(one)) {
      // Most names have another length: nothing is folded for them.
      if (name.length === plain.length && fold(name) === plain) return 2;
      if (name.length >= bare.length && name.length <= 2 * bare.length + 8 && squash(name) === bare) best = 1;
    }
    return best;
  };
}

/** `GET` of `GET /pets`. */
export const labelOf = (name: string): string => /^[A-Z]+(?= )/.exec(name)?.[0] ?? '';

function namesOf({ kind, title, name, key, api }: Named): string[] {
  if (kind === 'schema') return [name];
  if (kind === 'api') return [title, api];
  // `GET /pets`, and `/pets` without its verb.
  return [key, name, name.slice(labelOf(name).length).trimStart(), title];
}

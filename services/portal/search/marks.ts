/** Pure: a text in pieces, those that matched marked. */
import { fold } from './words.ts';

export interface Piece {
  text: string;
  marked: boolean;
}

/** @param terms as the index has them: lower case, without accents */
export function marks(text: string, terms: readonly string[]): Piece[] {
  const wanted = terms.filter((term) => term.length > 1).sort((a, b) => b.length - a.length);
  if (wanted.length === 0 || text === '') return text === '' ? [] : [{ text, marked: false }];
  const plain = fold(text);
  // Folding may change the length of exotic letters; then nothing is marked rather than the wrong place.
  if (plain.length !== text.length) return [{ text, marked: false }];
  const pieces: Piece[] = [];
  let done = 0;
  for (let at = 0; at < plain.length; ) {
    const term = wanted.find((one) => plain.startsWith(one, at));
    if (term === undefined) {
      at++;
      continue;
    }
    if (at > done) pieces.push({ text: text.slice(done, at), marked: false });
    pieces.push({ text: text.slice(at, at + term.length), marked: true });
    at += term.length;
    done = at;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), marked: false });
  return pieces;
}

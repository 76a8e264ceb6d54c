/** How often words and beginnings of words occur: what it costs to look at all the places where they do. */

export interface Spread {
  /** Places of a word as it stands. */
  of(term: string): number;
  /** Places of all words that begin so. */
  ofBeginning(term: string): number;
}

export function spreadOf(places: ReadonlyMap<string, number>): Spread {
  const terms = [...places.keys()].sort();
  /** Places of all terms before the one at the same index. */
  const before = new Float64Array(terms.length + 1);
  for (const [n, term] of terms.entries()) before[n + 1] = before[n]! + places.get(term)!;

  function firstFrom(term: string): number {
    let [low, high] = [0, terms.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (terms[middle]! < term) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  return {
    of: (term) => places.get(term) ?? 0,
    ofBeginning: (term) => before[firstFrom(`${term}\uffff`)]! - before[firstFrom(term)]!,
  };
}

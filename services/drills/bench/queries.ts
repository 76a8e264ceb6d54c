/** What people type who look for an API: words, beginnings, names from code, slips of the pen. Pure. */
import { AREAS, SUBJECTS } from './specs.ts';

const VERBS = ['list', 'create', 'get one', 'replace', 'archive'];
const METHODS = ['list', 'create', 'get', 'replace', 'archive'];

/** @returns distinct ones; the same for the same count @throws Error more are asked for than there are */
export function queries(count: number): string[] {
  const all = new Set<string>();
  for (let n = 0; all.size < count; n++) {
    if (n > 20 * count + 1000) throw new Error(`there are not ${count} different queries`);
    // Steps that share no factor with the lists' lengths: neighbours are about different things.
    const area = AREAS[(n * 7) % AREAS.length]!;
    const subject = SUBJECTS[(n * 11 + Math.floor(n / AREAS.length)) % SUBJECTS.length]!;
    all.add(SHAPES[n % SHAPES.length]!(area, subject, n));
  }
  return [...all];
}

const SHAPES: ((area: string, subject: string, n: number) => string)[] = [
  (area, subject) => `${area} ${subject}`.toLowerCase(),
  (area, subject, n) => `${VERBS[n % VERBS.length]} ${area} ${one(subject)}`.toLowerCase(),
  (area, subject) => slip(`${area} ${subject}`.toLowerCase()),
  (area, subject, n) => `${area.slice(0, 3 + (n % 3))} ${subject.slice(0, 4)}`.toLowerCase(),
  (area, subject, n) => `${METHODS[n % METHODS.length]}${area}${one(subject)}`,
  (area, subject) => `/${area}-${subject}`.toLowerCase(),
  (area, _, n) => `${slip(area.toLowerCase())} ${VERBS[n % VERBS.length]} comment`,
  (area, subject, n) => `${one(subject)} of ${area} by cursor ${n % 5}`.toLowerCase(),
];

const one = (subject: string) => subject.replace(/s$/, '');

/** Two letters in the middle of the longest word change places. */
function slip(text: string): string {
  const longest = text.split(' ').reduce((a, b) => (b.length > a.length ? b : a));
  const at = longest.length >> 1;
  return text.replace(
    longest,
    longest.slice(0, at - 1) + longest[at] + longest[at - 1] + longest.slice(at + 1),
  );
}

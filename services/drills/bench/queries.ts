/** What people type who look for an API: words, beginnings, names from code, slips of the pen. Pure. */
import { AREAS, SUBJECTS } from './specs.ts';

const VERBS = ['list', 'create', 'get one', 'replace', 'archive'];
const METHODS = ['list', 'create', 'get', 'replace', 'archive'];

/**
 * @param apis so many of specs.ts are searched
 * @returns distinct ones; the same for the same counts @throws Error more are asked for than there are
 */
export function queries(count: number, apis: number): string[] {
  const all = new Set<string>();
  for (let n = 0; all.size < count; n++) {
    if (n > 20 * count + 1000) throw new Error(`there are not ${count} different queries`);
    // Few APIs are soon asked for in every way: then some queries are about what is not there.
    const about = Math.min(Math.max(apis, n >> 3), AREAS.length * SUBJECTS.length);
    // Neighbours are about different things, and each turn asks for the same things in another way.
    const api = (n * 7 + Math.floor(n / about)) % about;
    const area = AREAS[api % AREAS.length]!;
    const subject = SUBJECTS[Math.floor(api / AREAS.length)]!;
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

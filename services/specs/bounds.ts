/**
 * What one page shows at most. A description that keeps every limit of the whole may still say all of it on one page, and
 * whoever opens that page would hold up the portal for everybody. Pure; what was written is not changed.
 */
import { isObject, type Loose } from './loose.ts';
import type { Model, Overview } from './model.ts';

/** Characters of Markdown on one page: the most hostile take a third of a second of a processor. A book has 500,000. */
const PROSE = 100_000;
/** Characters of examples on one page, as JSON. */
const EXAMPLES = 500_000;
/** Parameters, answers, servers, fields: each list by itself. Schemas have bounds of their own (reference/schema-view.ts). */
const LIST = 1_000;
/** Characters of what stands in the navigation, on every page. */
const LABEL = 300;

const IS_PROSE = new Set(['description', 'summary', 'deprecationReason']);
const IS_SCHEMA = new Set(['schema', 'payload']);
/** Shown as JSON, or a list that all others count on. */
const AS_IT_IS = new Set(['value', 'example', 'bindings']);

export interface Bounded {
  model: Model;
  /** A sentence for each page of which not all is shown. */
  notes: string[];
}

export function bounded({ overview, entries, types }: Model): Bounded {
  const notes: string[] = [];
  const page = <T extends object>(name: string, line: T): T => {
    const left: Left = { prose: PROSE, examples: EXAMPLES, notes: new Set() };
    const made = cut(line, '', left, false) as T;
    for (const note of left.notes) notes.push(`${name}: ${note}`);
    return made;
  };
  const { groups, types: named, ...about } = overview;
  const made: Model = {
    overview: { ...navigationOf(groups, named, page), ...page('The overview', about) },
    entries: entries.map((entry) => page(short(`${entry.label} ${entry.name}`, 80), entry)),
    types: types.map((type) => page(short(type.name, 80), type)),
  };
  return { model: made, notes };
}

function navigationOf(
  groups: Overview['groups'],
  types: Overview['types'],
  page: <T extends object>(name: string, line: T) => T,
): Pick<Overview, 'groups' | 'types'> {
  const described = page(
    'The groups',
    groups.map(({ description }) => ({ ...(description !== undefined && { description }) })),
  );
  return {
    groups: groups.map(({ name, slug, entries }, n) => ({
      name: short(name, LABEL),
      slug,
      ...described[n],
      entries: entries.map((entry) => ({
        ...entry,
        name: short(entry.name, LABEL),
        ...(entry.summary !== undefined && { summary: short(entry.summary, LABEL) }),
      })),
    })),
    types: types.map((type) => ({ ...type, name: short(type.name, LABEL) })),
  };
}

interface Left {
  prose: number;
  examples: number;
  notes: Set<string>;
}

/** @returns the very value when nothing of it is too much */
function cut(value: unknown, key: string, left: Left, inSchema: boolean): unknown {
  if (typeof value === 'string') return IS_PROSE.has(key) ? cutProse(value, left) : value;
  if (AS_IT_IS.has(key) && !inSchema) return value;
  if (Array.isArray(value)) return cutList(value, key, left, inSchema);
  if (!isObject(value)) return value;
  const below = inSchema || IS_SCHEMA.has(key) || key === 'headers';
  let copy: Loose | undefined;
  for (const [name, one] of Object.entries(value)) {
    const made = cut(one, name, left, below);
    if (made === one) continue;
    copy ??= { ...value };
    copy[name] = made;
  }
  return copy ?? value;
}

function cutProse(value: string, left: Left): string {
  const shown = short(value, left.prose);
  if (shown !== value)
    left.notes.add(
      `its descriptions have more than ${PROSE.toLocaleString('en')} characters; the rest is not shown.`,
    );
  left.prose -= shown.length;
  return shown;
}

function cutList(value: readonly unknown[], key: string, left: Left, inSchema: boolean): readonly unknown[] {
  let kept = value;
  if (!inSchema && key === 'examples') kept = value.filter((one) => fits(one, left));
  else if (!inSchema && key !== '' && value.length > LIST) kept = value.slice(0, LIST);
  if (kept.length < value.length)
    left.notes.add(
      `it has ${value.length.toLocaleString('en')} ${key}; ${kept.length.toLocaleString('en')} are shown.`,
    );
  const made = kept.map((one) => cut(one, key, left, inSchema));
  return made.length === value.length && made.every((one, n) => one === value[n]) ? value : made;
}

function fits(example: unknown, left: Left): boolean {
  const size = JSON.stringify(example).length;
  if (size > left.examples) return false;
  left.examples -= size;
  return true;
}

const short = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, Math.max(0, longest - 1))}…`;

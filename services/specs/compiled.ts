/**
 * An API ready to be shown, as one text: a line of JSON each for the overview, every entry and every type. A portal keeps
 * the bytes and parses a line when somebody asks for it, so an API with a thousand operations costs what its text costs.
 */
import { PorticoError } from '../platform/errors.ts';
import type { Model, Overview, Shown, ShownType } from './model.ts';

/** Of the lines' shape. A reader takes this one and the one before; anything else is compiled anew from the document. */
export const COMPILED_VERSION = 1;

interface Head {
  compiled: number;
  overview: Overview;
  /** Ids, in the order of the lines that follow. */
  entries: string[];
  /** Slugs, likewise. */
  types: string[];
}

export function encode({ overview, entries, types }: Model): string {
  const head: Head = {
    compiled: COMPILED_VERSION,
    overview,
    entries: entries.map(({ id }) => id),
    types: types.map(({ slug }) => slug),
  };
  return [head, ...entries, ...types].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export interface Compiled {
  readonly overview: Overview;
  /** In the order in which they are shown. */
  readonly entryIds: readonly string[];
  entry(id: string): Shown | undefined;
  type(slug: string): ShownType | undefined;
  /** By the name that a `$ref` has: `#/components/schemas/Pet`. */
  typeNamed(name: string): ShownType | undefined;
}

/** @throws PorticoError 'invalid': not what `encode` made, or of another version */
export function decode(compiled: Uint8Array): Compiled {
  const bytes = Buffer.from(compiled.buffer, compiled.byteOffset, compiled.byteLength);
  const starts = linesOf(bytes);
  const line = (n: number): unknown => JSON.parse(bytes.toString('utf8', starts[n], starts[n + 1]));
  const head = readHead(line, starts.length - 1);
  const { overview, entries, types } = head;
  const places = (names: readonly string[], first: number) =>
    new Map(names.map((name, n) => [name, first + n]));
  const entryLines = places(entries, 1);
  const typeLines = places(types, 1 + entries.length);
  const slugs = new Map(overview.types.map(({ name, slug }) => [name, slug]));
  const type = (slug: string) => {
    const n = typeLines.get(slug);
    return n === undefined ? undefined : (line(n) as ShownType);
  };
  return {
    overview,
    entryIds: entries,
    entry(id) {
      const n = entryLines.get(id);
      return n === undefined ? undefined : (line(n) as Shown);
    },
    type,
    typeNamed(name) {
      const slug = slugs.get(name);
      return slug === undefined ? undefined : type(slug);
    },
  };
}

function readHead(line: (n: number) => unknown, lines: number): Head {
  let head: Partial<Head> | undefined;
  try {
    head = line(0) as Partial<Head>;
  } catch {
    // What is said below holds for it as well.
  }
  if (head?.compiled !== COMPILED_VERSION || 1 + head.entries!.length + head.types!.length !== lines)
    throw new PorticoError('invalid', `This is no compiled API of version ${COMPILED_VERSION}.`);
  return head as Head;
}

/** Where each line begins, and where the last one ends. */
function linesOf(bytes: Buffer): number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

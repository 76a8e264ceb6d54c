/** A whole version on one page, for paper: everything that its pages say, and links that lead within it. Pure. */
import type { LoadedVersion } from '../generations/generation.ts';
import type { Piece } from '../http/render-in-pieces.ts';
import { count } from '../views/words.ts';
import { frameOf } from './frame.ts';
import type { Names } from './names.ts';
import { overviewShown } from './overview-shown.ts';
import { entryShown, typeShown } from './shown.ts';

/** Characters of HTML. GitHub's 1,493 operations and 969 schemas have 34 million. */
const LONGEST = 40_000_000;

/** Of the contents, in one piece. */
const ROWS = 200;

export const operationAnchor = (id: string): string => `operation-${id}`;
export const schemaAnchor = (slug: string): string => `schema-${slug}`;

/** @param longest of the HTML, in characters */
export function* printed(loaded: LoadedVersion, longest = LONGEST): Generator<Piece> {
  const { compiled } = loaded;
  const frame = frameOf(loaded);
  const names = namesHere(loaded);
  let length = 0;
  const counted = (by: number) => (html: string) => {
    const changed = deeper(html, by);
    length += changed.length;
    return changed;
  };
  const overview = overviewShown(loaded);
  yield { view: 'print/open', locals: { title: `${loaded.api.title} ${frame.version}`, frame, overview } };
  for (const group of frame.groups)
    for (let from = 0; from < group.entries.length; from += ROWS)
      yield {
        view: 'print/contents',
        locals: { group: from === 0 ? group : undefined, entries: group.entries.slice(from, from + ROWS) },
      };
  yield { view: 'print/contents-end', locals: { frame } };
  let left = compiled.entryIds.length + frame.types.length;
  for (const [n, { name, slug, entries }] of frame.groups.entries()) {
    yield {
      view: 'print/group',
      locals: { group: { name, slug, description: overview.groups[n]!.description } },
    };
    for (const { id } of entries) {
      const entry = length < longest ? compiled.entry(id) : undefined;
      if (entry === undefined) continue;
      left--;
      const at = operationAnchor(id);
      const shown = entryShown(entry, loaded, names);
      const one = 'samples' in shown ? { ...shown, samples: shown.samples.slice(0, 1) } : shown;
      yield {
        view: 'print/entry',
        locals: { id: at, at: `${at}-`, entry: one, frame: { base: '' } },
        change: counted(2),
      };
    }
  }
  if (frame.types.length > 0)
    yield {
      view: 'print/group',
      locals: { group: { name: frame.typesWord, slug: 'schemas', description: '' } },
    };
  for (const { slug } of compiled.overview.types) {
    const type = length < longest ? compiled.type(slug) : undefined;
    if (type === undefined) continue;
    left--;
    yield {
      view: 'print/type',
      locals: { id: schemaAnchor(slug), type: typeShown(type, loaded, names) },
      change: counted(2),
    };
  }
  yield { view: 'print/close', locals: { left: left > 0 ? count(left, 'more page') : '', frame } };
}

/** Each schema stands once on the page, so what names it leads there. */
function namesHere({ compiled }: LoadedVersion): Names {
  const slugs = new Map(compiled.overview.types.map(({ name, slug }) => [name, slug]));
  return {
    hrefOf(name) {
      const slug = slugs.get(name);
      return slug === undefined ? undefined : `#${schemaAnchor(slug)}`;
    },
  };
}

/** What is a page's own heading elsewhere is one among many here. */
export function deeper(html: string, by: number): string {
  return html.replaceAll(
    /<(\/?)h([1-6])(?=[\s>])/g,
    (_, slash: string, level: string) => `<${slash}h${Math.min(6, Number(level) + by)}`,
  );
}

/** A result as it is printed: prepared, so that the view only escapes and loops. Pure. */
import { humanSize } from '../assets/words.js';
import { mediaUrl } from '../http/context.ts';
import { kindOf } from '../media/kinds.ts';
import type { FoundKind } from './documents.ts';
import type { FileHit } from './files.ts';
import type { Hit } from './index.ts';
import { marks, type Piece } from './marks.ts';
import { labelOf } from './rank.ts';

export const WORDS: Record<FoundKind | 'file', [one: string, several: string]> = {
  api: ['API', 'APIs'],
  operation: ['Operation', 'Operations'],
  schema: ['Schema', 'Schemas'],
  file: ['File', 'Files'],
};
/** Characters of a text that a result shows. */
const EXCERPT = 240;

export interface ShownHit {
  href: string;
  kind: FoundKind | 'file';
  word: string;
  title: Piece[];
  name: Piece[];
  where: string;
  text: Piece[];
  /** Of its API, when it is not `active`. */
  lifecycle: string;
}

export const hitShown = (hit: Hit): ShownHit => ({
  href: hit.id,
  kind: hit.kind,
  word: WORDS[hit.kind][0],
  title: marks(hit.title, hit.terms),
  name: marks(hit.name.endsWith(hit.title) ? labelOf(hit.name) : hit.name, hit.terms),
  where: hit.kind === 'api' ? hit.version : `${hit.apiTitle} ${hit.version}`,
  text: marks(excerpt(hit.text), hit.terms),
  lifecycle: hit.lifecycle === 'active' ? '' : hit.lifecycle,
});

export const fileShown = ({ item, terms }: FileHit): ShownHit => ({
  // Its page in the library is for signed-in people; its bytes are for everybody.
  href: mediaUrl(item),
  kind: 'file',
  word: WORDS.file[0],
  title: marks(item.name, terms),
  name: [],
  where: `${kindOf(item.mediaType).label}, ${humanSize(item.size)}`,
  text: [],
  lifecycle: '',
});

/** A suggestion: the same, without its text. */
export const suggestionOf = ({ href, kind, word, title, name, where }: ShownHit) => ({
  href,
  kind,
  word,
  title,
  name,
  where,
});

const excerpt = (text: string): string =>
  text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT).replace(/\s+\S*$/, '')}…`;

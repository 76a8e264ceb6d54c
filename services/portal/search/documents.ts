/** What is found of a generation, as the index takes it. Pure. */
import type { Compiled } from '../../specs/compiled.ts';
import type { Format } from '../../specs/types.ts';
import { plainWords } from '../reference/markdown.ts';

export const KINDS = ['api', 'operation', 'schema'] as const;
export type FoundKind = (typeof KINDS)[number];

/** What an API is described in, whichever version of it. */
export const LANGUAGES = ['openapi', 'asyncapi', 'graphql'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One thing that can be found. Its id is its address. */
export interface Findable {
  id: string;
  kind: FoundKind;
  /** What it is called: an API's title, an operation's summary, a schema's name. */
  title: string;
  /** `GET /pets/{id}`. */
  name: string;
  /** What its author calls it in programs: an operationId. Empty when there is none. */
  key: string;
  /** The API and the version to which it belongs. */
  api: string;
  apiTitle: string;
  version: string;
  /** An API's own; an operation's group. Those of its API would bring a thousand operations along. */
  tags: string;
  text: string;
  lifecycle: string;
  language: Language;
}

export interface FoundIn {
  name: string;
  title: string;
  summary: string;
  tags: readonly string[];
  lifecycle: string;
  version: string;
}

/** Characters of a description that are searched. */
const TEXT = 600;

export function* documentsOf(where: FoundIn, compiled: Compiled): Generator<Findable> {
  const { overview } = compiled;
  const base = `/apis/${where.name}/${encodeURIComponent(where.version)}`;
  const common = {
    api: where.name,
    apiTitle: where.title,
    version: where.version,
    lifecycle: where.lifecycle,
    language: languageOf(overview.format),
  };
  yield {
    ...common,
    id: base,
    kind: 'api',
    title: where.title,
    name: where.name,
    key: '',
    tags: where.tags.join(' '),
    text: plainWords(`${where.summary} ${overview.summary ?? ''} ${overview.description ?? ''}`, TEXT),
  };
  for (const id of compiled.entryIds) {
    const entry = compiled.entry(id);
    if (entry === undefined) continue;
    yield {
      ...common,
      id: `${base}/operations/${id}`,
      kind: 'operation',
      title: entry.summary || entry.name,
      name: `${entry.label} ${entry.name}`,
      key: entry.kind === 'operation' ? (entry.operationId ?? '') : '',
      tags: entry.group,
      text: plainWords(entry.description, TEXT),
    };
  }
  for (const { name, slug } of overview.types)
    yield {
      ...common,
      id: `${base}/schemas/${slug}`,
      kind: 'schema',
      title: name,
      name,
      key: '',
      tags: '',
      text: '',
    };
}

const languageOf = (format: Format): Language =>
  format === 'graphql' ? 'graphql' : format.startsWith('asyncapi') ? 'asyncapi' : 'openapi';

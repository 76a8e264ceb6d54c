/** What is found of a generation, as the index takes it. Pure. */
import type { Compiled } from '../../specs/compiled.ts';
import type { Shown } from '../../specs/model.ts';
import { plainWords } from '../reference/markdown.ts';

export const KINDS = ['api', 'operation', 'schema'] as const;
export type FoundKind = (typeof KINDS)[number];

/** One thing that can be found. Its id is its address. */
export interface Findable {
  id: string;
  kind: FoundKind;
  /** What it is called: an API's title, an operation's summary, a schema's name. */
  title: string;
  /** `GET /pets/{id}`. */
  name: string;
  /** The API and the version to which it belongs. */
  api: string;
  apiTitle: string;
  version: string;
  tags: string;
  text: string;
  lifecycle: string;
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
  const base = `/apis/${where.name}/${encodeURIComponent(where.version)}`;
  const common = {
    api: where.name,
    apiTitle: where.title,
    version: where.version,
    tags: where.tags.join(' '),
    lifecycle: where.lifecycle,
  };
  const { overview } = compiled;
  yield {
    ...common,
    id: base,
    kind: 'api',
    title: where.title,
    name: where.name,
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
      text: plainWords(`${operationId(entry)} ${entry.group} ${entry.description ?? ''}`, TEXT),
    };
  }
  for (const { name, slug } of overview.types)
    yield { ...common, id: `${base}/schemas/${slug}`, kind: 'schema', title: name, name, text: '' };
}

const operationId = (entry: Shown): string => (entry.kind === 'operation' ? (entry.operationId ?? '') : '');

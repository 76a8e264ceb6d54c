/** What the views of a reference print: everything prepared, so that they only escape and loop. Pure. */
import type { Shown, ShownType } from '../../specs/model.ts';
import type { LoadedVersion } from '../generations/generation.ts';
import { baseOf } from './frame.ts';
import { fieldShown, graphqlTypeShown } from './graphql-shown.ts';
import { markdown, plainWords } from './markdown.ts';
import { messagesShown } from './messages-shown.ts';
import { type Names, namesOf } from './names.ts';
import { operationShown } from './operation-shown.ts';
import { schemaShown } from './schema-shown.ts';

/** @param names where what it names is; default: on pages of their own, and opened in this one */
export function entryShown(
  entry: Shown,
  loaded: LoadedVersion,
  names: Names = namesOf(loaded.compiled, baseOf(loaded)),
) {
  const head = {
    id: entry.id,
    label: entry.label,
    name: entry.name,
    summary: entry.summary ?? '',
    deprecated: entry.deprecated === true,
    description: markdown(entry.description),
  };
  if (entry.kind === 'operation')
    return { ...head, kind: entry.kind, ...operationShown(entry, loaded.compiled.overview, names) };
  if (entry.kind === 'messages') return { ...head, kind: entry.kind, ...messagesShown(entry, names) };
  return { ...head, kind: entry.kind, ...fieldShown(entry, names) };
}

export function typeShown(
  type: ShownType,
  loaded: LoadedVersion,
  names: Names = namesOf(loaded.compiled, baseOf(loaded)),
) {
  if (type.kind === 'graphql') return graphqlTypeShown(type, names);
  return {
    kind: type.kind,
    name: type.name,
    view: schemaShown(type.schema, names, type.name),
    example: type.example === undefined ? '' : JSON.stringify(type.example, null, 2),
  };
}

/** For a page's description in search engines and for programs. */
export const pageWords = (entry: Shown): string => entry.summary ?? plainWords(entry.description);

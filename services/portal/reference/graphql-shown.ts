/** What the pages of GraphQL's fields and types print. Pure. */
import type { Field, ShownType } from '../../specs/model.ts';
import { markdown, markdownInline } from './markdown.ts';
import type { Names } from './names.ts';
import type { HrefOf, TypeWord } from './schema-words.ts';

export function fieldShown(field: Field, { hrefOf }: Names) {
  return {
    type: graphqlType(field.type, hrefOf),
    deprecationReason: markdownInline(field.deprecationReason),
    arguments: (field.arguments ?? []).map((one) => ({
      name: one.name,
      type: graphqlType(one.type, hrefOf),
      description: markdown(one.description),
      default: one.default ?? '',
      deprecated: one.deprecated === true,
    })),
  };
}

/** `[Pet!]!` with its name as a link. */
function graphqlType(notation: string, hrefOf: HrefOf): TypeWord[] {
  const [, before = '', name = '', after = ''] = /^(\[*)(\w+)(.*)$/.exec(notation) ?? [];
  const ref = hrefOf(name);
  return [{ text: before }, ref === undefined ? { text: name } : { text: name, ref }, { text: after }].filter(
    ({ text }) => text !== '',
  );
}

export function graphqlTypeShown(type: ShownType & { kind: 'graphql' }, names: Names) {
  return {
    kind: type.kind,
    name: type.name,
    what: type.what,
    description: markdown(type.description),
    sdl: type.sdl,
    fields: (type.fields ?? []).map((field) => ({
      name: field.name,
      description: markdown(field.description),
      deprecated: field.deprecated === true,
      ...fieldShown(field, names),
    })),
    values: (type.values ?? []).map((one) => ({
      ...one,
      description: markdown(one.description),
      deprecated: one.deprecated === true,
    })),
    members: (type.members ?? []).map((name) => ({ name, ref: names.hrefOf(name) })),
  };
}

/** GraphQL's schema language: parsed, checked and brought into what a reference shows, by graphql-js. */
import {
  buildASTSchema,
  concatAST,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  print,
  printType,
  Source,
  validateSchema,
} from 'graphql';
import { validateSDL } from 'graphql/validation/validate.js';
import { FatalProblem } from './fatal.ts';
import { MAX_PROBLEMS, MAX_TOKENS } from './limits.ts';
import { present } from './loose.ts';
import type { Entry, Field, Model, ShownType } from './model.ts';
import { slugger } from './names.ts';
import { isGraphql } from './recognise.ts';
import type { Problem, SpecFiles } from './types.ts';

export interface ReadGraphql {
  model: Model;
  problems: Problem[];
  found: number;
  sdl: string;
}

/** All files together are one schema. @throws FatalProblem */
export function readGraphql(files: SpecFiles, title: string): ReadGraphql {
  const paths = [...files.keys()].filter(isGraphql);
  const document = concatAST(paths.map((path) => parseFile(path, files.get(path)!)));
  const problems = validateSDL(document).map(problemOf);
  let schema: GraphQLSchema;
  try {
    schema = buildASTSchema(document, { assumeValidSDL: true });
    problems.push(...validateSchema(schema).map(problemOf));
  } catch (error) {
    const first = problems[0];
    if (first !== undefined) throw fatal(first);
    throw new FatalProblem(`No schema can be built of it: ${(error as Error).message}`, paths[0]);
  }
  return {
    model: modelOf(schema, title),
    problems: problems.slice(0, MAX_PROBLEMS),
    found: problems.length,
    sdl: paths.length === 1 ? files.get(paths[0]!)! : print(document),
  };
}

function parseFile(path: string, body: string) {
  try {
    return parse(new Source(body, path), { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof RangeError) throw new FatalProblem('It is nested too deep to be read.', path);
    if (error instanceof GraphQLError) throw fatal(problemOf(error));
    throw error;
  }
}

function problemOf(error: GraphQLError): Problem {
  const [place] = error.locations ?? [];
  return {
    severity: 'error',
    file: error.source?.name ?? '',
    line: place?.line ?? 0,
    column: place?.column ?? 0,
    sentence: error.message,
  };
}

function fatal({ sentence, file, line, column }: Problem): FatalProblem {
  return new FatalProblem(sentence, file, { line, column });
}

const ROOTS = [
  ['Queries', 'QUERY', (schema: GraphQLSchema) => schema.getQueryType()],
  ['Mutations', 'MUTATION', (schema: GraphQLSchema) => schema.getMutationType()],
  ['Subscriptions', 'SUBSCRIPTION', (schema: GraphQLSchema) => schema.getSubscriptionType()],
] as const;

function modelOf(schema: GraphQLSchema, title: string): Model {
  const idOf = slugger('field');
  const slugOf = slugger('type');
  const roots = ROOTS.flatMap(([name, label, of]) => {
    const type = of(schema);
    return type ? [{ name, label, type }] : [];
  });
  const groups = roots.map(({ name, label, type }) => ({
    name,
    slug: label.toLowerCase(),
    fields: Object.values(type.getFields()).map((field) => fieldOf(field, label, name, idOf)),
  }));
  const rootTypes = new Set<GraphQLNamedType>(roots.map(({ type }) => type));
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !rootTypes.has(type))
    .map((type) => typeOf(type, slugOf(type.name)));
  return {
    overview: {
      format: 'graphql',
      title,
      version: '',
      ...present({ description: schema.description ?? '' }),
      servers: [],
      auth: [],
      groups: groups.map(({ name, slug, fields }) => ({ name, slug, entries: fields.map(entryOf) })),
      types: types.map(({ name, slug }) => ({ name, slug })),
    },
    entries: groups.flatMap(({ fields }) => fields),
    types,
  };
}

const entryOf = ({ id, label, name, summary, deprecated }: Field): Entry => ({
  id,
  label,
  name,
  ...present({ summary, deprecated }),
});

function fieldOf(
  field: GraphQLField<unknown, unknown>,
  label: string,
  group: string,
  idOf: (name: string) => string,
): Field {
  return {
    kind: 'field',
    id: idOf(`${label} ${field.name}`),
    label,
    name: field.name,
    group,
    type: `${field.type}`,
    ...present({
      summary: firstSentence(field.description),
      description: field.description ?? '',
      deprecated: field.deprecationReason !== undefined,
      deprecationReason: field.deprecationReason ?? '',
      arguments: field.args.map((argument) => ({
        name: argument.name,
        type: `${argument.type}`,
        ...present({
          description: argument.description ?? '',
          default: argument.defaultValue === undefined ? '' : JSON.stringify(argument.defaultValue),
          deprecated: argument.deprecationReason !== undefined,
        }),
      })),
    }),
  };
}

function typeOf(type: GraphQLNamedType, slug: string): ShownType {
  const idOf = slugger('field');
  const fields =
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields()).map((field) => fieldOf(field, 'FIELD', type.name, idOf))
      : isInputObjectType(type)
        ? Object.values(type.getFields()).map((field) =>
            fieldOf(
              { ...field, args: [] } as unknown as GraphQLField<unknown, unknown>,
              'FIELD',
              type.name,
              idOf,
            ),
          )
        : undefined;
  return {
    kind: 'graphql',
    name: type.name,
    slug,
    what: whatIs(type),
    sdl: printType(type),
    ...present({
      description: type.description ?? '',
      fields,
      values: isEnumType(type)
        ? type.getValues().map(({ name, description, deprecationReason }) => ({
            name,
            ...present({ description: description ?? '', deprecated: deprecationReason !== undefined }),
          }))
        : undefined,
      members: isUnionType(type) ? type.getTypes().map(({ name }) => name) : undefined,
    }),
  };
}

function whatIs(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'type';
  if (isInterfaceType(type)) return 'interface';
  if (isInputObjectType(type)) return 'input';
  if (isEnumType(type)) return 'enum';
  if (isUnionType(type)) return 'union';
  return isScalarType(type) ? 'scalar' : 'type';
}

const firstSentence = (description: string | null | undefined): string =>
  /^[^\n]*?[.!?](?=\s|$)|^[^\n]*/.exec(description?.trim() ?? '')?.[0] ?? '';

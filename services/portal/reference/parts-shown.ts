/** What goes into an operation and comes out of it, as a page prints it. Pure. */
import type { Body, Content, Example, Parameter, Response, Schema } from '../../specs/model.ts';
import { markdown, markdownInline } from './markdown.ts';
import type { Names } from './names.ts';
import { schemaShown } from './schema-shown.ts';
import { written } from './written.ts';

export const parameterShown = (one: Parameter, names: Names) => ({
  name: one.name,
  required: one.required === true,
  deprecated: one.deprecated === true,
  description: markdown(one.description),
  example: one.example === undefined ? '' : (JSON.stringify(one.example) ?? ''),
  view: schemaShown(one.schema, names),
});

export const bodyShown = ({ required, description, contents }: Body, names: Names) => ({
  required: required === true,
  description: markdown(description),
  contents: contents.map((one) => contentShown(one, names)),
});

export const responseShown = (
  { status, description, headers = [], contents = [] }: Response,
  names: Names,
) => ({
  status,
  tone: /^2/.test(status) ? 'good' : /^[45]/.test(status) ? 'bad' : 'plain',
  description: markdown(description),
  headers: headers.map((one) => parameterShown(one, names)),
  contents: contents.map((one) => contentShown(one, names)),
});

const contentShown = ({ mediaType, schema, examples = [] }: Content, names: Names) => ({
  mediaType,
  view: schema === undefined ? undefined : schemaShown(schema, names),
  examples: examples.map((one) => exampleShown(one, mediaType, schema)),
});

export const exampleShown = (
  { name, summary, value, made }: Example,
  mediaType: string,
  schema: Schema | undefined,
) => ({
  name,
  summary: markdownInline(summary),
  made: made === true,
  text: written(value, mediaType, schema, 2),
});

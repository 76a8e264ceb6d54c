/** What goes into an operation and comes out of it. */
import { entries, isObject, type Loose, list, object, present, text } from './loose.ts';
import type { Body, Content, Operation, Parameter, Response, Schema } from './model.ts';
import type { Resolve } from './resolve.ts';
import { examplesOf } from './samples.ts';

export function messageParts(
  operation: Loose,
  item: Loose,
  document: Loose,
  resolve: Resolve,
): Pick<Operation, 'parameters' | 'body' | 'responses'> {
  return {
    parameters: parametersOf(item.parameters, operation.parameters, resolve),
    body: bodyOf(operation.requestBody, document, resolve),
    responses: entries(operation.responses).map(([status, written]) =>
      responseOf(status, resolve(written), document, resolve),
    ),
  } as Pick<Operation, 'parameters' | 'body' | 'responses'>;
}

/** An operation's own take the place of its path's, by place and name. */
function parametersOf(shared: unknown, own: unknown, resolve: Resolve): Parameter[] {
  const all = new Map<string, Parameter>();
  for (const written of [...list(shared), ...list(own)]) {
    const parameter = resolve(written);
    const [name, place] = [text(parameter.name), text(parameter.in)];
    if (name !== '') all.set(`${place} ${name}`, parameterOf(name, place, parameter, resolve));
  }
  return [...all.values()];
}

function parameterOf(name: string, place: string, written: Loose, resolve: Resolve): Parameter {
  const [content] = entries(written.content);
  const [named] = entries(written.examples);
  return {
    name,
    place,
    ...present({
      required: written.required === true,
      deprecated: written.deprecated === true,
      description: text(written.description),
      schema: schemaOf(written.schema ?? content?.[1].schema),
      example: written.example ?? (named && resolve(named[1]).value),
    }),
  };
}

function bodyOf(written: unknown, document: Loose, resolve: Resolve): Body | undefined {
  if (!isObject(written)) return undefined;
  const body = resolve(written);
  return {
    ...present({ required: body.required === true, description: text(body.description) }),
    contents: contentsOf(body.content, document, resolve, 'request'),
  };
}

function responseOf(status: string, written: Loose, document: Loose, resolve: Resolve): Response {
  const headers = entries(written.headers).map(([name, header]) =>
    parameterOf(name, 'header', resolve(header), resolve),
  );
  return {
    status,
    ...present({
      description: text(written.description),
      headers,
      contents: contentsOf(written.content, document, resolve, 'response'),
    }),
  };
}

function contentsOf(
  value: unknown,
  document: Loose,
  resolve: Resolve,
  direction: 'request' | 'response',
): Content[] {
  return entries(value).map(([mediaType, written]) => {
    const content = resolve(written);
    const schema = schemaOf(content.schema ?? content.itemSchema);
    return {
      mediaType,
      ...present({ schema, examples: examplesOf(content, schema, document, resolve, direction, mediaType) }),
    };
  });
}

export const schemaOf = (value: unknown): Schema | undefined =>
  typeof value === 'boolean' || (isObject(value) && Object.keys(object(value)).length > 0)
    ? (value as Schema)
    : undefined;

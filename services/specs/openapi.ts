/** From an OpenAPI document to what a reference shows. Older ones are brought to 3.1 first. */
import { upgrade } from '@scalar/openapi-upgrader';
import { FatalProblem } from './fatal.ts';
import { entries, isObject, type Loose, list, object, present, text } from './loose.ts';
import type {
  AuthScheme,
  Entry,
  Group,
  Link,
  Model,
  Operation,
  Overview,
  Requirement,
  Server,
} from './model.ts';
import { slugger } from './names.ts';
import { messageParts } from './openapi-parts.ts';
import { type Resolve, resolverOf } from './resolve.ts';
import { schemaTypes } from './schemas.ts';
import type { Format } from './types.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const;

/** @throws FatalProblem: an older one that cannot be brought to 3.1 */
export function openapiModel(bundled: Loose, format: Format): Model {
  const document = format === 'openapi-3.1' || format === 'openapi-3.2' ? bundled : upgraded(bundled);
  const resolve = resolverOf(document);
  const idOf = slugger('operation');
  const operations = [
    ...operationsOf(document.paths, document, resolve, idOf, false),
    ...operationsOf(document.webhooks, document, resolve, idOf, true),
  ];
  const types = schemaTypes(object(object(document.components).schemas), document);
  return { overview: overviewOf(document, format, resolve, operations, types), entries: operations, types };
}

function upgraded(document: Loose): Loose {
  try {
    return upgrade(document, '3.1') as unknown as Loose;
  } catch (cause) {
    throw new FatalProblem(`It could not be read as OpenAPI 3.1: ${(cause as Error).message}.`);
  }
}

function overviewOf(
  document: Loose,
  format: Format,
  resolve: Resolve,
  operations: Operation[],
  types: Model['types'],
): Overview {
  const info = object(document.info);
  return {
    format,
    title: text(info.title) || 'Untitled API',
    version: text(info.version),
    ...present({
      summary: text(info.summary),
      description: text(info.description),
      contact: linkOf(info.contact, 'Contact'),
      license: linkOf(info.license, 'License'),
      terms: text(info.termsOfService),
      more: linkOf(document.externalDocs, 'More'),
    }),
    servers: serversOf(document.servers),
    auth: entries(object(document.components).securitySchemes).map(([name, one]) =>
      authOf(name, resolve(one)),
    ),
    groups: groupsOf(document.tags, operations),
    types: types.map(({ name, slug }) => ({ name, slug })),
  };
}

function operationsOf(
  paths: unknown,
  document: Loose,
  resolve: Resolve,
  idOf: (name: string) => string,
  webhook: boolean,
): Operation[] {
  return entries(paths).flatMap(([path, written]) => {
    const item = resolve(written);
    return METHODS.flatMap((method) => {
      if (!isObject(item[method])) return [];
      const operation = resolve(item[method]);
      const operationId = text(operation.operationId);
      const shown: Operation = {
        kind: 'operation',
        id: idOf(operationId || `${method} ${path}`),
        label: method.toUpperCase(),
        name: path,
        group: text(list(operation.tags)[0]) || (webhook ? 'Webhooks' : ''),
        ...present({
          webhook,
          operationId,
          summary: text(operation.summary) || text(item.summary),
          description: text(operation.description) || text(item.description),
          deprecated: operation.deprecated === true,
          more: linkOf(operation.externalDocs, 'More'),
          servers: serversOf(operation.servers ?? item.servers),
          security: requirementsOf(operation.security ?? document.security),
          callbacks: callbacksOf(operation.callbacks, resolve),
          ...messageParts(operation, item, document, resolve),
        }),
      };
      return [shown];
    });
  });
}

/** In the order of the document's tags; what has none comes last, under the name of its path's first part. */
function groupsOf(tags: unknown, operations: readonly Operation[]): Group[] {
  const described = new Map(list(tags).map((tag) => [text(object(tag).name), object(tag)]));
  const slugOf = slugger('group');
  const groups = new Map<string, Group>();
  const groupOf = (name: string): Group => {
    let group = groups.get(name);
    if (group === undefined) {
      const tag = described.get(name);
      group = {
        name: text(tag?.['x-displayName']) || text(tag?.summary) || name,
        slug: slugOf(name),
        ...present({ description: text(tag?.description) }),
        entries: [],
      };
      groups.set(name, group);
    }
    return group;
  };
  for (const name of described.keys()) if (operations.some(({ group }) => group === name)) groupOf(name);
  for (const operation of operations) {
    operation.group ||=
      described.size === 0 ? (/^\/?([^/{]+)/.exec(operation.name)?.[1] ?? 'Operations') : 'Other';
    groupOf(operation.group).entries.push(entryOf(operation));
  }
  return [...groups.values()];
}

function entryOf({ id, label, name, summary, deprecated }: Operation): Entry {
  return { id, label, name, ...present({ summary, deprecated }) };
}

export function linkOf(value: unknown, fallback: string): Link | undefined {
  const { name, url, email, description, identifier } = object(value);
  const address = text(url) || (text(email) && `mailto:${text(email)}`);
  const shown = text(name) || text(description) || text(email) || text(identifier) || (address && fallback);
  return shown ? { name: shown, ...present({ url: address }) } : undefined;
}

function serversOf(value: unknown): Server[] {
  return list(value).flatMap((one) => {
    const { url, name, description, variables } = object(one);
    if (text(url) === '') return [];
    const known = entries(variables).map(
      ([variable, { default: usual, enum: values, description: what }]) => ({
        name: variable,
        ...present({ default: text(usual), values: list(values).map(text), description: text(what) }),
      }),
    );
    return [
      { url: text(url), ...present({ name: text(name), description: text(description), variables: known }) },
    ];
  });
}

export function authOf(name: string, scheme: Loose): AuthScheme {
  const flows = entries(scheme.flows).map(
    ([flow, { authorizationUrl, tokenUrl, scopes, availableScopes }]) => ({
      name: flow,
      ...present({ authorizationUrl: text(authorizationUrl), tokenUrl: text(tokenUrl) }),
      scopes: Object.entries(object(scopes ?? availableScopes)).map(([scope, what]) => ({
        name: scope,
        description: text(what),
      })),
    }),
  );
  return {
    name,
    type: text(scheme.type) || 'unknown',
    ...present({
      description: text(scheme.description),
      place: text(scheme.in),
      parameter: text(scheme.name),
      scheme: text(scheme.scheme),
      bearerFormat: text(scheme.bearerFormat),
      url: text(scheme.openIdConnectUrl),
      flows,
    }),
  };
}

function requirementsOf(value: unknown): Requirement[] {
  return list(value)
    .filter(isObject)
    .map((choice) =>
      Object.entries(choice).map(([scheme, scopes]) => ({ scheme, scopes: list(scopes).map(text) })),
    );
}

function callbacksOf(value: unknown, resolve: Resolve): Operation['callbacks'] {
  return entries(value).flatMap(([name, written]) =>
    entries(resolve(written)).flatMap(([url, item]) =>
      METHODS.filter((method) => isObject(item[method])).map((method) => ({
        name,
        url,
        label: method.toUpperCase(),
        ...present({ summary: text(object(item[method]).summary) }),
      })),
    ),
  );
}

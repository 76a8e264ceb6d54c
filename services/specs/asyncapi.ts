/** From an AsyncAPI document, 2 or 3, to what a reference shows: who sends and who receives what on which channel. */
import { entries, isObject, type Loose, list, object, present, text } from './loose.ts';
import type { Message, MessageOperation, Model, Parameter, Requirement, Server } from './model.ts';
import { slugger } from './names.ts';
import { authOf, linkOf } from './openapi.ts';
import { schemaOf } from './openapi-parts.ts';
import { type Resolve, resolverOf } from './resolve.ts';
import { examplesOf } from './samples.ts';
import { schemaTypes } from './schemas.ts';
import type { Format } from './types.ts';

const GROUPS = { SEND: 'Sends', RECEIVE: 'Receives' } as const;

export function asyncapiModel(document: Loose, format: Format): Model {
  const context: Context = { document, resolve: resolverOf(document), idOf: slugger('operation') };
  const { resolve } = context;
  const operations = format === 'asyncapi-2' ? fromVersion2(context) : fromVersion3(context);
  const types = schemaTypes(object(object(document.components).schemas), document);
  const info = object(document.info);
  const groups = (['SEND', 'RECEIVE'] as const)
    .map((label) => ({
      name: GROUPS[label],
      slug: label.toLowerCase(),
      entries: operations
        .filter((one) => one.label === label)
        .map(({ id, name, summary }) => ({ id, label, name, ...present({ summary }) })),
    }))
    .filter((group) => group.entries.length > 0);
  return {
    overview: {
      format,
      title: text(info.title) || 'Untitled API',
      version: text(info.version),
      ...present({
        description: text(info.description),
        contact: linkOf(info.contact, 'Contact'),
        license: linkOf(info.license, 'License'),
        terms: text(info.termsOfService),
        more: linkOf(info.externalDocs ?? document.externalDocs, 'More'),
      }),
      servers: serversOf(document.servers, resolve),
      auth: entries(object(document.components).securitySchemes).map(([name, one]) =>
        authOf(name, resolve(one)),
      ),
      groups,
      types: types.map(({ name, slug }) => ({ name, slug })),
    },
    entries: operations,
    types,
  };
}

/** What every part of one document is read with. */
interface Context {
  document: Loose;
  resolve: Resolve;
  idOf: (name: string) => string;
}

function messageOf(name: string, value: unknown, { document, resolve }: Context): Message {
  const written = withTraits(resolve(value), resolve);
  // Version 3 wraps a payload of another language.
  const wrapped =
    isObject(written.payload) && 'schemaFormat' in written.payload ? written.payload : undefined;
  const payload = schemaOf(wrapped?.schema ?? written.payload);
  const given = list(written.examples).flatMap((one, n) => {
    const { name: called, summary, payload: value } = object(one);
    return value === undefined
      ? []
      : [{ name: text(called) || `Example ${n + 1}`, ...present({ summary: text(summary) }), value }];
  });
  const schemaFormat = text(wrapped?.schemaFormat ?? written.schemaFormat);
  const isJsonSchema = schemaFormat === '' || /asyncapi|schema\+json|schema\+yaml/.test(schemaFormat);
  return {
    name: text(written.name) || name,
    ...present({
      title: text(written.title),
      summary: text(written.summary),
      description: text(written.description),
      contentType: text(written.contentType ?? document.defaultContentType),
      headers: schemaOf(written.headers),
      payload,
      schemaFormat: isJsonSchema ? '' : schemaFormat,
      examples:
        given.length > 0 ? given : isJsonSchema ? examplesOf({}, payload, document, resolve, 'response') : [],
    }),
  };
}

function messagesOf(value: unknown, context: Context): Message[] {
  const named = isObject(value) && !('$ref' in value) ? entries(value) : [];
  if (named.length > 0) return named.map(([name, one]) => messageOf(name, one, context));
  return list(value).map((one) => messageOf(nameIn(one), one, context));
}

/** Version 2: what a channel's `publish` describes is what a client sends to the application, so it receives it. */
function fromVersion2(context: Context): MessageOperation[] {
  const { document, resolve, idOf } = context;
  return entries(document.channels).flatMap(([address, item]) => {
    const channel = resolve(item);
    return (['publish', 'subscribe'] as const).flatMap((verb) => {
      if (!isObject(channel[verb])) return [];
      const operation = withTraits(resolve(channel[verb]), resolve);
      const message = resolve(operation.message);
      const choices = list(message.oneOf);
      const messages = choices.length > 0 ? choices : [operation.message].filter(isObject);
      return {
        ...shown(operation, channel, address, resolve),
        id: idOf(text(operation.operationId) || `${verb} ${address}`),
        ...directionOf(verb === 'publish' ? 'RECEIVE' : 'SEND'),
        ...present({ messages: messagesOf(messages, context) }),
      };
    });
  });
}

function fromVersion3(context: Context): MessageOperation[] {
  const { document, resolve, idOf } = context;
  return entries(document.operations).map(([name, written]) => {
    const operation = withTraits(resolve(written), resolve);
    const channel = resolve(operation.channel);
    const address = text(channel.address) || nameIn(operation.channel) || name;
    return {
      ...shown(operation, channel, address, resolve),
      id: idOf(name),
      ...directionOf(text(operation.action) === 'receive' ? 'RECEIVE' : 'SEND'),
      ...present({
        messages: messagesOn(operation, channel, context),
        reply: isObject(operation.reply) ? replyOf(resolve(operation.reply), context) : undefined,
      }),
    };
  });
}

function replyOf(reply: Loose, context: Context): MessageOperation['reply'] {
  const channel = context.resolve(reply.channel);
  const address = text(channel.address) || text(context.resolve(reply.address).location);
  return present({ address, messages: messagesOn(reply, channel, context) });
}

/** Those that it names; all of its channel's when it names none. */
function messagesOn(operation: Loose, channel: Loose, context: Context): Message[] {
  return messagesOf(list(operation.messages).length > 0 ? operation.messages : channel.messages, context);
}

const directionOf = (label: 'SEND' | 'RECEIVE') => ({ label, group: GROUPS[label] });

function shown(operation: Loose, channel: Loose, address: string, resolve: Resolve) {
  return {
    kind: 'messages' as const,
    name: address,
    ...present({
      summary: text(operation.summary) || text(operation.title) || text(channel.summary),
      description: text(operation.description),
      more: linkOf(operation.externalDocs ?? channel.externalDocs, 'More'),
      security: requirementsOf(operation.security),
      bindings: bindingsOf(operation.bindings, resolve),
    }),
    channel: {
      name: address,
      ...present({
        description: text(channel.description),
        parameters: parametersOf(channel.parameters, resolve),
        servers: list(channel.servers).map((one) => (isObject(one) ? nameIn(one) : text(one))),
        bindings: bindingsOf(channel.bindings, resolve),
      }),
    },
  };
}

function bindingsOf(value: unknown, resolve: Resolve): Loose | undefined {
  const bindings = resolve(value);
  return Object.keys(bindings).length > 0 ? bindings : undefined;
}

/** The last part of what it refers to: `#/components/messages/LightMeasured`. */
function nameIn(value: unknown): string {
  const { $ref, name, messageId } = object(value);
  return typeof $ref === 'string'
    ? ($ref.split('/').at(-1) ?? '')
    : text(name) || text(messageId) || 'message';
}

/** What many have in common is written once; what one says itself comes before it. */
function withTraits(written: Loose, resolve: Resolve): Loose {
  return Object.assign({}, ...list(written.traits).map(resolve), written);
}

function parametersOf(value: unknown, resolve: Resolve): Parameter[] {
  return entries(value).map(([name, written]) => {
    const parameter = resolve(written);
    // Version 3 has them without a schema.
    const { enum: values, default: usual } = parameter;
    const schema =
      schemaOf(parameter.schema) ?? present({ type: 'string', enum: list(values), default: usual });
    return {
      name,
      place: 'channel',
      required: true,
      ...present({ description: text(parameter.description), schema }),
    };
  });
}

function serversOf(value: unknown, resolve: Resolve): Server[] {
  return entries(value).map(([name, one]) => {
    const server = resolve(one);
    const url = text(server.url) || `${text(server.protocol)}://${text(server.host)}${text(server.pathname)}`;
    return {
      url,
      name,
      ...present({ description: text(server.description), protocol: text(server.protocol) }),
    };
  });
}

/** Version 2 names schemes with their scopes, version 3 refers to them. */
function requirementsOf(value: unknown): Requirement[] {
  return list(value)
    .filter(isObject)
    .map((choice) =>
      typeof choice.$ref === 'string' || 'type' in choice
        ? [{ scheme: nameIn(choice), scopes: list(choice.scopes).map(text) }]
        : Object.entries(choice).map(([scheme, scopes]) => ({ scheme, scopes: list(scopes).map(text) })),
    );
}

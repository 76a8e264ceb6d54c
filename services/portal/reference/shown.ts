/** What the views of a reference print: everything prepared, so that they only escape and loop. Pure. */
import type { Compiled } from '../../specs/compiled.ts';
import type {
  AuthScheme,
  Body,
  Content,
  Entry,
  Example,
  Field,
  Message,
  MessageOperation,
  Operation,
  Overview,
  Parameter,
  Response,
  Server,
  Shown,
  ShownType,
} from '../../specs/model.ts';
import { FORMATS } from '../../specs/types.ts';
import type { LoadedVersion } from '../generations/generation.ts';
import type { PublishedApi } from '../generations/manifest.ts';
import { type CodeSample, codeSamples } from './code-samples.ts';
import { markdown, markdownInline, plainWords } from './markdown.ts';
import { type SchemaView, schemaView } from './schema-view.ts';

export interface ApiCard {
  name: string;
  title: string;
  href: string;
  summary: string;
  owner: string;
  tags: string[];
  lifecycle: string;
  sunset: string | null;
  version: string | undefined;
  format: string | undefined;
  operations: number;
}

export function cardOf(api: PublishedApi): ApiCard {
  const [latest] = api.versions;
  const { name, title, summary, owner, tags, lifecycle, sunset } = api;
  return {
    name,
    title,
    href: `/apis/${name}`,
    summary,
    owner,
    tags,
    lifecycle,
    sunset,
    version: latest?.name,
    format: latest && FORMATS[latest.format],
    operations: latest?.operations ?? 0,
  };
}

/** Where one version's pages are. */
export const baseOf = ({ api, version }: Pick<LoadedVersion, 'api' | 'version'>): string =>
  `/apis/${api.name}/${encodeURIComponent(version.name)}`;

/** What every page of one version has beside its own content. */
export interface Frame {
  api: ApiCard;
  /** Undefined: it goes on. */
  ending: { tone: 'warn' | 'bad'; sentence: string } | undefined;
  title: string;
  base: string;
  version: string;
  format: string;
  isLatest: boolean;
  latestHref: string;
  versions: { name: string; href: string; isThis: boolean }[];
  groups: { name: string; slug: string; entries: EntryLink[] }[];
  types: { name: string; href: string; isThis: boolean }[];
  typesWord: string;
}

interface EntryLink extends Entry {
  href: string;
  isThis: boolean;
}

/** What a reader must know before building on it. A day counts as over when it is over everywhere but far in the west. */
export function endingOf(
  { lifecycle, sunset }: Pick<PublishedApi, 'lifecycle' | 'sunset'>,
  now: Date,
): Frame['ending'] {
  const isOver = sunset !== null && sunset < now.toISOString().slice(0, 10);
  const when = sunset === null ? '' : `${isOver ? ' was to end' : ' ends'} on ${sunset}`;
  if (lifecycle === 'retired')
    return {
      tone: 'bad',
      sentence: `This API is retired${isOver ? ` since ${sunset}` : ''}: it answers no more.`,
    };
  if (lifecycle === 'deprecated')
    return {
      tone: isOver ? 'bad' : 'warn',
      sentence: `This API is deprecated${when && ` and${when}`}. Build nothing new on it.`,
    };
  return when === '' ? undefined : { tone: isOver ? 'bad' : 'warn', sentence: `This API${when}.` };
}

/** @param here the id of the entry, or the slug of the type, whose page this is */
export function frameOf(
  loaded: LoadedVersion,
  here?: { entry?: string; type?: string },
  now = new Date(),
): Frame {
  const { api, version, compiled } = loaded;
  const base = baseOf(loaded);
  const { overview } = compiled;
  return {
    api: cardOf(api),
    ending: endingOf(api, now),
    title: overview.title,
    base,
    version: version.name,
    format: FORMATS[version.format],
    isLatest: api.versions[0]?.name === version.name,
    latestHref: `/apis/${api.name}`,
    versions: api.versions.map(({ name }) => ({
      name,
      href: `/apis/${api.name}/${encodeURIComponent(name)}`,
      isThis: name === version.name,
    })),
    groups: overview.groups.map(({ name, slug, entries }) => ({
      name,
      slug,
      entries: entries.map((entry) => ({
        ...entry,
        href: `${base}/operations/${entry.id}`,
        isThis: entry.id === here?.entry,
      })),
    })),
    types: overview.types.map(({ name, slug }) => ({
      name,
      href: `${base}/schemas/${slug}`,
      isThis: slug === here?.type,
    })),
    typesWord: overview.format === 'graphql' ? 'Types' : 'Schemas',
  };
}

export function overviewShown({ compiled, version }: LoadedVersion) {
  const { overview } = compiled;
  return {
    summary: overview.summary ?? '',
    description: markdown(overview.description),
    changelog: markdown(version.changelog),
    links: [
      overview.contact,
      overview.license,
      overview.more,
      overview.terms ? { name: 'Terms', url: overview.terms } : undefined,
    ].filter((link) => link !== undefined),
    servers: overview.servers.map(serverShown),
    auth: overview.auth.map(authShown),
    groups: overview.groups.map(({ name, slug, description }) => ({
      name,
      slug,
      description: markdown(description),
    })),
    sourceName: version.source.name,
  };
}

const serverShown = ({ url, name, description, protocol, variables = [] }: Server) => ({
  url,
  name: name ?? '',
  protocol: protocol ?? '',
  description: markdownInline(description),
  variables: variables.map((one) => ({
    ...one,
    values: one.values ?? [],
    description: markdownInline(one.description),
  })),
});

function authShown(scheme: AuthScheme) {
  const how: Record<string, string> = {
    apiKey: `A key, sent as ${scheme.place === 'header' ? 'the header' : scheme.place === 'query' ? 'the query parameter' : `the ${scheme.place ?? 'value'}`} ${scheme.parameter ?? scheme.name}.`,
    http:
      scheme.scheme?.toLowerCase() === 'basic'
        ? 'User name and password (HTTP Basic).'
        : `A token (HTTP ${scheme.scheme ?? 'authentication'}${scheme.bearerFormat ? `, ${scheme.bearerFormat}` : ''}).`,
    oauth2: 'OAuth 2.0.',
    openIdConnect: 'OpenID Connect.',
    mutualTLS: 'A client certificate (mutual TLS).',
  };
  return {
    name: scheme.name,
    how: how[scheme.type] ?? `${scheme.type}.`,
    description: markdown(scheme.description),
    url: scheme.url ?? '',
    flows: (scheme.flows ?? []).map((flow) => ({
      ...flow,
      authorizationUrl: flow.authorizationUrl ?? '',
      tokenUrl: flow.tokenUrl ?? '',
      scopes: flow.scopes.map((scope) => ({ ...scope, description: markdownInline(scope.description) })),
    })),
  };
}

export interface SchemaShown {
  view: SchemaView;
}

/** A named schema's page; GraphQL's notation has names of its own. */
function hrefsOf(compiled: Compiled, base: string): (name: string) => string | undefined {
  const slugs = new Map(compiled.overview.types.map(({ name, slug }) => [name, slug]));
  return (name) => {
    const slug = slugs.get(name);
    return slug === undefined ? undefined : `${base}/schemas/${slug}`;
  };
}

export function entryShown(entry: Shown, loaded: LoadedVersion) {
  const hrefOf = hrefsOf(loaded.compiled, baseOf(loaded));
  const head = {
    id: entry.id,
    label: entry.label,
    name: entry.name,
    summary: entry.summary ?? '',
    deprecated: entry.deprecated === true,
    description: markdown(entry.description),
  };
  if (entry.kind === 'operation')
    return { ...head, kind: entry.kind, ...operationShown(entry, loaded.compiled.overview, hrefOf) };
  if (entry.kind === 'messages') return { ...head, kind: entry.kind, ...messagesShown(entry, hrefOf) };
  return { ...head, kind: entry.kind, ...fieldShown(entry, hrefOf) };
}

type HrefOf = (name: string) => string | undefined;

function operationShown(operation: Operation, overview: Overview, hrefOf: HrefOf) {
  const places = ['path', 'query', 'header', 'cookie'];
  const names: Record<string, string> = {
    path: 'In the path',
    query: 'In the query',
    header: 'Headers',
    cookie: 'Cookies',
  };
  const parameters = operation.parameters ?? [];
  return {
    webhook: operation.webhook === true,
    more: operation.more,
    parameters: [
      ...places,
      ...new Set(parameters.map(({ place }) => place).filter((place) => !places.includes(place))),
    ]
      .map((place) => ({
        place: names[place] ?? place,
        rows: parameters.filter((one) => one.place === place).map((one) => parameterShown(one, hrefOf)),
      }))
      .filter(({ rows }) => rows.length > 0),
    body: operation.body && bodyShown(operation.body, hrefOf),
    responses: (operation.responses ?? []).map((one) => responseShown(one, hrefOf)),
    security: (operation.security ?? []).map((choice) =>
      choice.map(({ scheme, scopes }) => ({
        scheme,
        scopes,
        known: overview.auth.some(({ name }) => name === scheme),
      })),
    ),
    callbacks: (operation.callbacks ?? []).map((one) => ({ ...one, summary: one.summary ?? '' })),
    samples: operation.webhook ? ([] as CodeSample[]) : codeSamples(operation, overview),
  };
}

const parameterShown = (one: Parameter, hrefOf: HrefOf) => ({
  name: one.name,
  required: one.required === true,
  deprecated: one.deprecated === true,
  description: markdown(one.description),
  example: one.example === undefined ? '' : (JSON.stringify(one.example) ?? ''),
  view: described(schemaView(one.schema, hrefOf)),
});

const bodyShown = ({ required, description, contents }: Body, hrefOf: HrefOf) => ({
  required: required === true,
  description: markdown(description),
  contents: contents.map((one) => contentShown(one, hrefOf)),
});

const responseShown = ({ status, description, headers = [], contents = [] }: Response, hrefOf: HrefOf) => ({
  status,
  tone: /^2/.test(status) ? 'good' : /^[45]/.test(status) ? 'bad' : 'plain',
  description: markdown(description),
  headers: headers.map((one) => parameterShown(one, hrefOf)),
  contents: contents.map((one) => contentShown(one, hrefOf)),
});

const contentShown = ({ mediaType, schema, examples = [] }: Content, hrefOf: HrefOf) => ({
  mediaType,
  view: schema === undefined ? undefined : described(schemaView(schema, hrefOf)),
  examples: examples.map(exampleShown),
});

const exampleShown = ({ name, summary, value, made }: Example) => ({
  name,
  summary: markdownInline(summary),
  made: made === true,
  text: typeof value === 'string' ? value : JSON.stringify(value, null, 2),
});

/** Descriptions as HTML, all the way down. */
export interface DescribedView extends Omit<SchemaView, 'description' | 'properties' | 'choices'> {
  description: string;
  properties: { name: string; required: boolean; view: DescribedView }[];
  choices?: { words: string; views: { name: string; view: DescribedView }[] };
}

function described({ description, properties, choices, ...rest }: SchemaView): DescribedView {
  return {
    ...rest,
    description: markdown(description),
    properties: properties.map((one) => ({ ...one, view: described(one.view) })),
    ...(choices && {
      choices: {
        words: choices.words,
        views: choices.views.map((one) => ({ ...one, view: described(one.view) })),
      },
    }),
  };
}

function messagesShown(operation: MessageOperation, hrefOf: HrefOf) {
  const { channel } = operation;
  return {
    more: operation.more,
    words: operation.label === 'SEND' ? 'This application sends' : 'This application receives',
    channel: channel && {
      name: channel.name,
      description: markdown(channel.description),
      servers: channel.servers ?? [],
      parameters: (channel.parameters ?? []).map((one) => parameterShown(one, hrefOf)),
      bindings: json(channel.bindings),
    },
    bindings: json(operation.bindings),
    messages: (operation.messages ?? []).map((one) => messageShown(one, hrefOf)),
    reply: operation.reply && {
      address: operation.reply.address ?? '',
      messages: (operation.reply.messages ?? []).map((one) => messageShown(one, hrefOf)),
    },
  };
}

const json = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value, null, 2));

const messageShown = (one: Message, hrefOf: HrefOf) => ({
  name: one.name,
  title: one.title ?? '',
  summary: markdownInline(one.summary),
  description: markdown(one.description),
  contentType: one.contentType ?? '',
  schemaFormat: one.schemaFormat ?? '',
  headers: one.headers === undefined ? undefined : described(schemaView(one.headers, hrefOf)),
  payload: one.payload === undefined ? undefined : described(schemaView(one.payload, hrefOf)),
  examples: (one.examples ?? []).map(exampleShown),
});

function fieldShown(field: Field, hrefOf: HrefOf) {
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
function graphqlType(notation: string, hrefOf: HrefOf): { text: string; ref?: string }[] {
  const [, before = '', name = '', after = ''] = /^(\[*)(\w+)(.*)$/.exec(notation) ?? [];
  const ref = hrefOf(name);
  return [{ text: before }, ref === undefined ? { text: name } : { text: name, ref }, { text: after }].filter(
    ({ text }) => text !== '',
  );
}

export function typeShown(type: ShownType, loaded: LoadedVersion) {
  const hrefOf = hrefsOf(loaded.compiled, baseOf(loaded));
  if (type.kind === 'schema')
    return {
      kind: type.kind,
      name: type.name,
      view: described(schemaView(type.schema, hrefOf)),
      example: type.example === undefined ? '' : JSON.stringify(type.example, null, 2),
    };
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
      ...fieldShown(field, hrefOf),
    })),
    values: (type.values ?? []).map((one) => ({
      ...one,
      description: markdown(one.description),
      deprecated: one.deprecated === true,
    })),
    members: (type.members ?? []).map((name) => ({ name, ref: hrefOf(name) })),
  };
}

/** For a page's description in search engines and for programs. */
export const pageWords = (entry: Shown): string => entry.summary ?? plainWords(entry.description);

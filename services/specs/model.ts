/**
 * An API as a reference shows it, whatever it was written in. Schemas stay as they were written: a `$ref` in them is
 * `#/components/schemas/Name`, which names one of `types`. Texts are Markdown unless they say otherwise. Every field that
 * an API did not fill is left out.
 */
import type { Loose } from './loose.ts';
import type { Format } from './types.ts';

/** A JSON Schema as it was written; nothing about it is certain. */
export type Schema = Loose | boolean;

export interface Overview {
  format: Format;
  title: string;
  version: string;
  summary?: string;
  description?: string;
  contact?: Link;
  license?: Link;
  terms?: string;
  more?: Link;
  servers: Server[];
  auth: AuthScheme[];
  groups: Group[];
  types: TypeEntry[];
}

export interface Link {
  name: string;
  url?: string;
}

export interface Server {
  url: string;
  name?: string;
  description?: string;
  /** Of AsyncAPI: `kafka`, `mqtt`. */
  protocol?: string;
  variables?: { name: string; default?: string; values?: string[]; description?: string }[];
}

export interface AuthScheme {
  name: string;
  /** `apiKey`, `http`, `oauth2`, `openIdConnect`, `mutualTLS`, or one of AsyncAPI's. */
  type: string;
  description?: string;
  /** Where and by which name a key is sent. */
  place?: string;
  parameter?: string;
  /** `basic`, `bearer`. */
  scheme?: string;
  bearerFormat?: string;
  url?: string;
  flows?: {
    name: string;
    authorizationUrl?: string;
    tokenUrl?: string;
    scopes: { name: string; description: string }[];
  }[];
}

/** What stands under one heading: a tag's operations, a kind of a GraphQL field. */
export interface Group {
  name: string;
  slug: string;
  description?: string;
  entries: Entry[];
}

export interface Entry {
  /** Unique in its API, safe in an address, the same as long as its name stays. */
  id: string;
  /** `GET`, `SEND`, `QUERY`. */
  label: string;
  /** `/pets/{id}`, a channel's address, a field's name. */
  name: string;
  summary?: string;
  deprecated?: boolean;
}

export interface TypeEntry {
  name: string;
  slug: string;
  summary?: string;
}

export interface Operation extends Entry {
  kind: 'operation';
  /** It is called by the API, not by its client. */
  webhook?: boolean;
  group: string;
  operationId?: string;
  description?: string;
  more?: Link;
  servers?: Server[];
  parameters?: Parameter[];
  body?: Body;
  responses?: Response[];
  /** Each is enough by itself; an empty one: without signing in. */
  security?: Requirement[];
  callbacks?: { name: string; url: string; label: string; summary?: string }[];
}

export type Requirement = { scheme: string; scopes: string[] }[];

export interface Parameter {
  name: string;
  /** `path`, `query`, `header`, `cookie`; of a response's header: `header`. */
  place: string;
  required?: boolean;
  deprecated?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

export interface Body {
  required?: boolean;
  description?: string;
  contents: Content[];
}

export interface Content {
  mediaType: string;
  schema?: Schema;
  examples?: Example[];
}

export interface Example {
  name: string;
  summary?: string;
  value: unknown;
  /** Made from the schema: the API's author gave none. */
  made?: boolean;
}

export interface Response {
  /** `200`, `4XX`, `default`. */
  status: string;
  description?: string;
  headers?: Parameter[];
  contents?: Content[];
}

/** Of AsyncAPI: an application sends or receives messages on a channel. */
export interface MessageOperation extends Entry {
  kind: 'messages';
  group: string;
  description?: string;
  more?: Link;
  channel?: {
    name: string;
    description?: string;
    parameters?: Parameter[];
    servers?: string[];
    bindings?: Loose;
  };
  messages?: Message[];
  reply?: { address?: string; messages?: Message[] };
  security?: Requirement[];
  bindings?: Loose;
}

export interface Message {
  name: string;
  title?: string;
  summary?: string;
  description?: string;
  contentType?: string;
  headers?: Schema;
  payload?: Schema;
  /** Of a payload in another language than JSON Schema: `application/vnd.apache.avro`. */
  schemaFormat?: string;
  examples?: Example[];
}

/** Of GraphQL: what a client asks for. */
export interface Field extends Entry {
  kind: 'field';
  group: string;
  description?: string;
  deprecationReason?: string;
  /** In GraphQL's own notation: `[Pet!]!`. */
  type: string;
  arguments?: { name: string; type: string; description?: string; default?: string; deprecated?: boolean }[];
}

export type Shown = Operation | MessageOperation | Field;

export type ShownType =
  | { kind: 'schema'; name: string; slug: string; schema: Schema; example?: unknown }
  | {
      kind: 'graphql';
      name: string;
      slug: string;
      description?: string;
      what: string;
      sdl: string;
      fields?: Field[];
      values?: { name: string; description?: string; deprecated?: boolean }[];
      members?: string[];
    };

export interface Model {
  overview: Overview;
  entries: Shown[];
  types: ShownType[];
}

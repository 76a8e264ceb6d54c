import type { IdempotencyKey } from '../../platform/database/types.ts';
import type { Format, Given, Problem } from '../../specs/types.ts';

export const LIFECYCLES = ['draft', 'active', 'deprecated', 'retired'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

/** What an editor says of an API. */
export interface ApiFacts {
  title: string;
  summary: string;
  owner: string;
  tags: string[];
  lifecycle: Lifecycle;
  /** `2027-01-31`: the day on which a deprecated one ends. */
  sunset: string | null;
}

export interface Api extends ApiFacts {
  id: string;
  /** In addresses: `petstore`. Never changes. */
  name: string;
  /** Grows with every change. */
  revision: number;
  createdBy: string;
  createdAt: Date;
  updatedBy: string;
  updatedAt: Date;
}

export interface ApiVersion {
  id: string;
  name: string;
  format: Format;
  /** Markdown. */
  changelog: string;
  operations: number;
  errors: number;
  warnings: number;
  problems: Problem[];
  sourceName: string;
  sourceSha256: string;
  documentSha256: string;
  /** The document in YAML; null of GraphQL. */
  yamlSha256: string | null;
  compiledSha256: string;
  revision: number;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

export interface ApiWithVersions extends Api {
  /** The latest first. */
  versions: ApiVersion[];
}

export interface ApiPage {
  items: Api[];
  nextCursor?: string;
  total: number;
}

export interface ApiQuery {
  search?: string;
  lifecycle?: Lifecycle;
  tag?: string;
  cursor?: string;
  limit: number;
}

/** Who does it, and the client's Idempotency-Key. */
export interface Doer {
  by: string;
  idempotency?: IdempotencyKey;
}

export interface Submission extends Doer {
  /** Undefined: from the description's own title. A new API is made when there is none of this name. */
  api?: string;
  /** Undefined: what the description says. */
  version?: string;
  changelog?: string;
  given: Given;
  /** Takes the place of a version of this name; otherwise that is a conflict. */
  replace?: boolean;
}

export interface Submitted {
  api: Api;
  version: ApiVersion;
  /** The API was not there before. */
  isNew: boolean;
  replayed: boolean;
}

export interface Catalog {
  list(query: ApiQuery): Promise<ApiPage>;
  /** @throws PorticoError 'not-found' */
  get(name: string): Promise<ApiWithVersions>;
  /** @throws PorticoError 'not-found' */
  version(name: string, version: string): Promise<ApiVersion>;
  /** @throws PorticoError 'conflict': there is one of this name; 'invalid' */
  create(name: string, facts: Partial<ApiFacts>, doer: Doer): Promise<{ api: Api; replayed: boolean }>;
  /**
   * @param revision that the editor saw; undefined: whatever is there
   * @throws PorticoError 'conflict': somebody else changed it meanwhile; 'not-found', 'invalid'
   */
  update(
    name: string,
    changes: Partial<ApiFacts>,
    doer: Doer & { revision?: number },
  ): Promise<{ api: Api; replayed: boolean }>;
  /** With all its versions. What is published of it stays published. @throws PorticoError 'not-found' */
  remove(name: string, doer: Doer): Promise<{ replayed: boolean }>;
  /**
   * Reads a description and keeps it as a version.
   * @throws PorticoError 'spec-invalid' with its problems: nothing can be shown of it; 'conflict': the version is there
   */
  submit(submission: Submission): Promise<Submitted>;
  /** @throws PorticoError 'not-found' */
  removeVersion(name: string, version: string, doer: Doer): Promise<{ replayed: boolean }>;
}

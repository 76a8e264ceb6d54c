/** What is read of an API's description, and what is said about it. */

export const FORMATS = {
  'openapi-3.2': 'OpenAPI 3.2',
  'openapi-3.1': 'OpenAPI 3.1',
  'openapi-3.0': 'OpenAPI 3.0',
  'swagger-2.0': 'Swagger 2.0',
  'asyncapi-3': 'AsyncAPI 3',
  'asyncapi-2': 'AsyncAPI 2',
  graphql: 'GraphQL',
} as const;
export type Format = keyof typeof FORMATS;

/**
 * `fatal`: nothing can be shown of it. `error`: against its format's rules, and yet usable. `warning`: allowed, and still
 * worth a look.
 */
export type Severity = 'fatal' | 'error' | 'warning';

export interface Problem {
  severity: Severity;
  /** One of the files given, by its path in the archive, or the name under which a single one came. */
  file: string;
  /** From 1; 0 when it concerns the file as a whole. */
  line: number;
  column: number;
  /** What is wrong, for the person who wrote the description. */
  sentence: string;
  /** Which rule of the checker said so. */
  rule?: string;
  /** Where in the document: `#/paths/~1pets/get`. */
  pointer?: string;
  excerpt?: Excerpt;
}

/** A few lines of a file. */
export interface Excerpt {
  /** The first line's number. */
  from: number;
  lines: string[];
  /** Where in the line that is meant, from 1, counted in the excerpt. */
  column: number;
  /** The lines begin further left than what is shown. */
  cut: boolean;
}

/** One file as it came, or an archive of several that refer to one another. */
export interface Given {
  name: string;
  bytes: Uint8Array;
}

/** By path: `openapi.yaml`, `schemas/pet.yaml`. */
export type SpecFiles = ReadonlyMap<string, string>;

export interface Reading {
  /** Undefined when it was not recognised. */
  format: Format | undefined;
  /** The file with which reading began. */
  root: string | undefined;
  title: string;
  version: string;
  /** How many operations, channels or fields a client can call. */
  operations: number;
  /** The gravest first, then by file and line; cut at `MAX_PROBLEMS`. */
  problems: Problem[];
  /** How many there were before the cut, by severity. */
  found: Record<Severity, number>;
  /** All of it in one document, without references to other files: JSON, or SDL. Undefined when something is fatal. */
  document: Uint8Array<ArrayBuffer> | undefined;
  /** The same in YAML; undefined of GraphQL. */
  yaml: Uint8Array<ArrayBuffer> | undefined;
  /** Ready to be shown (compiled.ts). Undefined when something is fatal. */
  compiled: Uint8Array<ArrayBuffer> | undefined;
}

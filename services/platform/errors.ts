/**
 * The one error type that Portico throws on purpose. A `code` is a term of the domain; it becomes an HTTP status
 * in services/portal/http/problem.ts and an exit status in services/cli, and nowhere else.
 */
export type ErrorCode =
  | 'invalid' // the request is malformed, or a field is out of range
  | 'empty-file'
  | 'unauthenticated'
  | 'forbidden'
  | 'csrf'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'not-now'
  | 'busy' // too many ask for the same at once; it passes by itself
  | 'too-large' // the upload exceeds PORTICO_MAX_UPLOAD
  | 'upload-aborted' // the client vanished before its last byte
  | 'idempotency-mismatch' // the same Idempotency-Key with another body
  | 'unsupported-media-type'
  | 'wrong-offset' // an upload goes on at another byte
  | 'gone' // an upload that has expired, or come to nothing
  | 'locked' // another request has it right now
  | 'tus-version'
  | 'checksum-mismatch'
  | 'throttled'
  | 'spec-invalid' // an API description of which nothing can be shown
  | 'bundle-invalid' // an export of a generation that is damaged, or not what was signed
  | 'untrusted' // an export that is signed with a key that nobody here trusts
  | 'blob-lost' // a file's bytes are missing or damaged, which is the operator's to mend
  | 'insufficient-storage' // the volume is below its floor of free space
  | 'volume-unavailable'
  | 'not-ready' // this portal does not know what is published; another one does
  | 'database-unavailable'
  | 'internal';

export interface PorticoErrorOptions {
  cause?: unknown;
  /** Seconds after which the same request may succeed; becomes `Retry-After`. */
  retryAfter?: number;
  /** The request's fields that are wrong, each with a sentence for the person who sent it. */
  fields?: Record<string, string>;
  /** What is wrong with an API's description: file, line, sentence (services/specs/types.ts). */
  problems?: readonly object[];
  /** It was decided for an earlier request with the same Idempotency-Key. */
  replayed?: boolean;
}

export class PorticoError extends Error {
  readonly code: ErrorCode;
  readonly retryAfter: number | undefined;
  readonly fields: Record<string, string> | undefined;
  readonly problems: readonly object[] | undefined;
  readonly replayed: boolean;

  /** @param message a sentence for the person who made the request: what is wrong, and what to do about it */
  constructor(code: ErrorCode, message: string, options: PorticoErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PorticoError';
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.fields = options.fields;
    this.problems = options.problems;
    this.replayed = options.replayed ?? false;
  }
}

import { type ErrorCode, PorticoError } from '../../platform/errors.ts';

/** RFC 9457, with the domain's own term and the fields that are wrong. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  fields?: Record<string, string>;
  problems?: readonly object[];
}

/** The one place where a code becomes an HTTP status. */
export const STATUS: Record<ErrorCode, { status: number; title: string }> = {
  invalid: { status: 400, title: 'The request is not valid' },
  'empty-file': { status: 400, title: 'The file is empty' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  csrf: { status: 403, title: 'The form is out of date' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Not allowed here' },
  'not-now': { status: 409, title: 'Not now' },
  busy: { status: 503, title: 'Busy right now' },
  conflict: { status: 409, title: 'Already there' },
  'too-large': { status: 413, title: 'The file is too large' },
  'upload-aborted': { status: 400, title: 'The upload ended early' },
  'idempotency-mismatch': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'spec-invalid': { status: 422, title: 'The API description cannot be read' },
  'bundle-invalid': { status: 422, title: 'This export cannot be taken' },
  untrusted: { status: 403, title: 'The key is not trusted' },
  'unsupported-media-type': { status: 415, title: 'Not this kind of content' },
  'wrong-offset': { status: 409, title: 'The upload goes on at another byte' },
  gone: { status: 410, title: 'No longer there' },
  locked: { status: 423, title: 'In use right now' },
  'tus-version': { status: 412, title: 'This version of tus is not spoken here' },
  // tus's own status: https://tus.io/protocols/resumable-upload#checksum
  'checksum-mismatch': { status: 460, title: 'The checksum does not match' },
  throttled: { status: 429, title: 'Too many attempts' },
  'insufficient-storage': { status: 507, title: 'No space left' },
  'volume-unavailable': { status: 503, title: 'Storage is away' },
  'not-ready': { status: 503, title: 'Not ready' },
  'database-unavailable': { status: 503, title: 'The database is away' },
  // Not 503: no other portal has them, and waiting does not help.
  'blob-lost': { status: 500, title: 'This file is damaged' },
  internal: { status: 500, title: 'Something went wrong' },
};

/** What failed, told apart: only a PorticoError's message is meant for the person who made the request. */
export function asPorticoError(error: unknown): PorticoError {
  if (error instanceof PorticoError) return error;
  // Express's and body-parser's own errors bear a status; those below 500 are the client's doing.
  const { status, expose } = (error ?? {}) as { status?: unknown; expose?: unknown };
  if (status === 413) return new PorticoError('too-large', 'The request is too large.', { cause: error });
  if (status === 404)
    return new PorticoError('not-found', 'There is nothing at this address.', { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const message =
      expose === true && error instanceof Error
        ? `The request cannot be read: ${error.message}.`
        : 'The request cannot be read.';
    return new PorticoError('invalid', message, { cause: error });
  }
  return new PorticoError(
    'internal',
    'Something went wrong on our side. It is in the log under this request id.',
    { cause: error },
  );
}

/** Seconds for Retry-After: what the error says, and a few for everything that passes by itself. */
export function retryAfter(error: PorticoError): number | undefined {
  return error.retryAfter ?? (STATUS[error.code].status === 503 ? 5 : undefined);
}

export function toProblem(error: PorticoError, requestId: string): Problem {
  const { status, title } = STATUS[error.code];
  return {
    type: `urn:portico:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.fields ? { fields: error.fields } : {}),
    ...(error.problems ? { problems: error.problems } : {}),
  };
}

// What the uploader decides, apart from the page: what is worth sending, and what an answer means.
import { humanSize } from './words.js';

export const MAX_ATTEMPTS = 6;

/** Answers that another attempt may well change. */
const CHANGING_OVER = 'The portal is changing over.';
const PASSING = {
  0: 'The connection was lost.',
  429: 'Too many at once.',
  502: CHANGING_OVER,
  503: CHANGING_OVER,
  504: CHANGING_OVER,
};

/** Seconds before attempt n+1: the cluster moves over within a few, so the first retry comes soon. */
export function backoff(attempt, retryAfter = 0) {
  return Math.max(retryAfter, Math.min(0.5 * 2 ** (attempt - 1), 8));
}

export function refuse(file, { maxBytes, maxText }) {
  if (file.size === 0) return 'This file is empty.';
  if (file.size > maxBytes) return `Too large: it is ${humanSize(file.size)}, and the limit is ${maxText}.`;
  return undefined;
}

/**
 * What to do after an answer. `status` 0 is a connection that was lost. The Idempotency-Key makes a retry safe
 * whatever became of the attempt before.
 */
export function judge({ status, attempt, detail, retryAfter, maxText }) {
  if (status === 200 || status === 201) return { action: 'done', message: 'Uploaded' };
  const passing = PASSING[status];
  if (passing) {
    return attempt < MAX_ATTEMPTS
      ? { action: 'retry', seconds: backoff(attempt, retryAfter), message: passing }
      : { action: 'fail', message: `${passing} Tried ${attempt} times.`, again: true };
  }
  const known = {
    401: 'You are signed out. Sign in again in another tab, then try again.',
    403: detail ?? 'You may not upload here. Reload the page, or ask an administrator.',
    413: `Too large: the limit is ${maxText}.`,
    415: detail ?? 'This kind of file is not accepted.',
    507: 'The library has no room left. An administrator has to make some; nothing was stored.',
  };
  const message = known[status] ?? detail ?? `The portal answered ${status}.`;
  return { action: 'fail', message, again: status !== 413 && status !== 415 };
}

// What the uploader decides, apart from the page: sizes and times in words, and what an answer means.

/** Decimal units, as file managers and disks count. @param {number} bytes */
export function humanSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** @param {number} seconds */
export function humanTime(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s left`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min left` : `${Math.ceil(seconds / 3600)} h left`;
}

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

/** @param {{name: string, size: number}} file @returns {string | undefined} why it is not worth sending */
export function refuse(file, maxBytes) {
  if (file.size === 0) return 'This file is empty.';
  const size = humanSize(file.size);
  if (file.size > maxBytes) return `Too large: it is ${size}, and the limit is ${humanSize(maxBytes)}.`;
  return undefined;
}

/**
 * What to do after an answer. `status` 0 is a connection that was lost. The Idempotency-Key makes a retry safe
 * whatever became of the attempt before.
 * @param {{status: number, attempt: number, detail?: string, retryAfter?: number, maxText: string}} answer
 * @returns {{action: 'done' | 'retry' | 'fail', seconds?: number, message: string, again?: boolean}} `again`: a person may try it again
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

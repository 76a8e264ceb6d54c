// What the uploader decides, apart from the page: what is worth sending, what an answer means, what is told of it all.
import { humanSize, timeLeft } from './words.js';

/** Troubles that pass by themselves are waited out for as long as it takes; of an answer that nobody foresaw, so many. */
export const MAX_UNFORESEEN = 5;

const CHANGING_OVER = 'The portal is changing over';
const PASSING = {
  0: 'The connection was lost',
  409: 'Asking how far it is',
  423: 'Asking how far it is',
  429: 'Too many at once',
  502: CHANGING_OVER,
  503: CHANGING_OVER,
  504: CHANGING_OVER,
};

const ROOM = 'The library has no room left. An administrator has to make some; what is there is kept.';

/** Seconds before attempt n+1: the cluster moves over within a few, so the first retry comes soon. */
export function backoff(attempt, retryAfter = 0) {
  return Math.max(retryAfter, Math.min(0.5 * 2 ** (attempt - 1), 15));
}

export function refuse(file, { maxBytes, maxText }) {
  if (file.size === 0) return 'This file is empty.';
  if (file.size > maxBytes) return `Too large: it is ${humanSize(file.size)}, and the limit is ${maxText}.`;
  return undefined;
}

/**
 * What to do after an attempt that did not end with a receipt. `status` 0 is a connection that was lost; `attempt` counts
 * those since the last byte that was acknowledged. Asking again is safe whatever became of the attempt before: a creation
 * bears an Idempotency-Key, and all else says from which byte it goes on.
 */
export function judge({ status, code, attempt, begun, online, detail, retryAfter, maxText }) {
  if (status === 0 && !online) return { action: 'wait', message: 'Waiting for the network' };
  if (status === 401) return { action: 'sign-in', message: 'You are signed out' };
  if (code === 'csrf') return { action: 'sign-in', message: 'Your session has changed' };
  if (begun && (status === 404 || status === 410))
    return { action: 'restart', message: 'What was sent is no longer there: starting again' };
  const known = {
    403: detail ?? 'You may not upload here. Ask an administrator.',
    413: `Too large: the limit is ${maxText}.`,
    415: detail ?? 'This kind of file is not accepted.',
    507: ROOM,
  };
  if (known[status])
    return { action: 'fail', message: known[status], again: status !== 413 && status !== 415 };
  const passing = PASSING[status];
  if (passing) return { action: 'retry', seconds: backoff(attempt, retryAfter), message: passing };
  const message = detail ?? `The portal answered ${status}.`;
  if (status >= 500 && attempt < MAX_UNFORESEEN)
    return { action: 'retry', seconds: backoff(attempt, retryAfter), message: message.replace(/\.$/, '') };
  return { action: 'fail', message, again: true };
}

/** The same file of the same person, meant for the same readers: what was sent of it may be gone on with. */
export function fingerprint(file, { user, visibility }) {
  return JSON.stringify([user, visibility, file.name, file.size, file.lastModified]);
}

/** In which of the list's views an upload stands besides "all". */
export const GROUPS = {
  waiting: 'active',
  sending: 'active',
  saving: 'active',
  pausing: 'active',
  held: 'active',
  paused: 'active',
  failed: 'failed',
  cancelled: 'cancelled',
  done: 'done',
};

/** Sums up what the list holds. `speed` is of all that are sending, in bytes a second. */
export function overall(uploads) {
  const sum = { total: 0, active: 0, failed: 0, done: 0, cancelled: 0, bytes: 0, sent: 0, speed: 0 };
  for (const upload of uploads) {
    const group = GROUPS[upload.state];
    sum[group] += 1;
    if (group === 'cancelled' || upload.refused) continue;
    sum.bytes += upload.file.size;
    sum.sent += group === 'done' ? upload.file.size : upload.sent;
    if (upload.state === 'sending') sum.speed += upload.speed;
  }
  sum.total = uploads.length - sum.cancelled;
  return sum;
}

/** The line under the head: "2.1 GB of 5.6 GB · about 3 min left". */
export function overallWords({ active, failed, bytes, sent, speed }) {
  const parts = [`${humanSize(sent)} of ${humanSize(bytes)}`];
  const left = speed > 0 ? timeLeft((bytes - sent) / speed) : '';
  if (active > 0 && left) parts.push(`about ${left}`);
  if (failed > 0) parts.push(`${failed} failed`);
  return parts.join(' · ');
}

/** What a row says of its upload. @param now as `retryAt` is told: ms of performance.now() */
export function sentence(upload, now) {
  const size = humanSize(upload.file.size);
  const sofar = `${humanSize(upload.sent)} of ${size}`;
  switch (upload.state) {
    case 'sending': {
      const left = upload.speed > 0 ? (upload.file.size - upload.sent) / upload.speed : Number.NaN;
      const speed = upload.speed > 0 ? `${humanSize(upload.speed)}/s` : '';
      return [sofar, speed, timeLeft(left), upload.note].filter(Boolean).join(' · ');
    }
    case 'saving':
      return 'Saving on disk';
    case 'pausing': {
      const seconds = Math.ceil((upload.retryAt - now) / 1000);
      return `${upload.message}, trying again ${seconds > 0 ? `in ${seconds} s` : 'now'} · ${sofar}`;
    }
    case 'held':
      return `${upload.message} · ${sofar}`;
    case 'paused':
      return `Paused · ${sofar}`;
    case 'done':
      return upload.node ? `${size} · uploaded through ${upload.node}` : `${size} · uploaded`;
    case 'waiting':
      if (upload.note) return `${size} · ${upload.note}`;
      return upload.sent > 0 ? `waiting for its turn · ${sofar}` : `${size} · waiting for its turn`;
    default:
      return upload.message;
  }
}

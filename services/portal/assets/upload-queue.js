// The uploads of this page: three at once, each tried again under the same Idempotency-Key until it is done or hopeless.
import { judge, refuse } from './upload-policy.js';

const PARALLEL = 3;

/**
 * @typedef {object} Upload
 * @property {File} file
 * @property {string} visibility
 * @property {string} key the Idempotency-Key, kept over retries
 * @property {'waiting' | 'sending' | 'saving' | 'pausing' | 'done' | 'failed' | 'cancelled'} state
 * @property {number} sent bytes
 * @property {number} speed bytes a second, smoothed
 * @property {string} message
 * @property {boolean} again a person may try it again
 * @property {number} attempt
 * @property {{id: string, name: string} | undefined} item
 * @property {string} node the portal that took it
 */

export class UploadQueue {
  /** @type {Upload[]} */
  uploads = [];
  #options;
  #running = new Map();

  /** @param {{csrfToken: string, maxBytes: number, maxText: string, onChange: (upload: Upload) => void}} options */
  constructor(options) {
    this.#options = options;
  }

  get busy() {
    return this.uploads.some((upload) => ['waiting', 'sending', 'saving', 'pausing'].includes(upload.state));
  }

  /** @param {Iterable<File>} files @param {string} visibility */
  add(files, visibility) {
    for (const file of files) {
      const problem = refuse(file, this.#options);
      const upload = {
        file,
        visibility,
        key: crypto.randomUUID(),
        state: problem ? 'failed' : 'waiting',
        sent: 0,
        speed: 0,
        message: problem ?? 'waiting for its turn',
        again: false,
        attempt: 0,
        item: undefined,
        node: '',
      };
      this.uploads.push(upload);
      this.#options.onChange(upload);
    }
    this.#next();
  }

  /** @param {Upload} upload */
  cancel(upload) {
    const stop = this.#running.get(upload);
    this.#running.delete(upload);
    this.#set(upload, { state: 'cancelled', message: 'Cancelled', again: true });
    stop?.();
    this.#next();
  }

  /** @param {Upload} upload */
  retry(upload) {
    this.#set(upload, { state: 'waiting', message: 'waiting for its turn', attempt: 0, sent: 0, speed: 0 });
    this.#next();
  }

  clearFinished() {
    this.uploads = this.uploads.filter((upload) => !['done', 'failed', 'cancelled'].includes(upload.state));
  }

  #set(upload, changes) {
    Object.assign(upload, changes);
    this.#options.onChange(upload);
  }

  #next() {
    for (const upload of this.uploads) {
      if (this.#running.size >= PARALLEL) return;
      if (upload.state === 'waiting') this.#send(upload);
    }
  }

  #send(upload) {
    const request = new XMLHttpRequest();
    this.#running.set(upload, () => request.abort());
    this.#set(upload, { state: 'sending', attempt: upload.attempt + 1, sent: 0, message: '' });
    let last = { at: performance.now(), sent: 0 };
    request.upload.onprogress = ({ loaded, total }) => {
      const now = performance.now();
      const seconds = (now - last.at) / 1000;
      if (seconds < 0.2 && loaded < total) return;
      const speed = (loaded - last.sent) / Math.max(seconds, 0.001);
      const smooth = upload.speed === 0 ? speed : upload.speed * 0.7 + speed * 0.3;
      last = { at: now, sent: loaded };
      // The multipart frame counts as well, so the bytes are those of the file at most.
      this.#set(upload, { sent: Math.min(loaded, upload.file.size), speed: smooth });
    };
    request.upload.onload = () => {
      if (upload.state === 'sending') {
        this.#set(upload, { state: 'saving', sent: upload.file.size, message: 'Saving on disk' });
      }
    };
    request.onloadend = () => {
      if (this.#running.has(upload)) this.#settle(upload, request);
    };
    const form = new FormData();
    form.append('visibility', upload.visibility);
    form.append('file', upload.file, upload.file.name);
    request.open('POST', '/api/v1/media');
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('X-CSRF-Token', this.#options.csrfToken);
    request.setRequestHeader('Idempotency-Key', upload.key);
    request.send(form);
  }

  #settle(upload, request) {
    const body = parse(request.responseText);
    const { action, seconds, message, again } = judge({
      status: request.status,
      attempt: upload.attempt,
      detail: body?.detail,
      retryAfter: Number(request.getResponseHeader('Retry-After')) || undefined,
      maxText: this.#options.maxText,
    });
    if (action === 'retry') {
      const timer = setTimeout(() => this.#send(upload), seconds * 1000);
      this.#running.set(upload, () => clearTimeout(timer));
      this.#set(upload, { state: 'pausing', message: `${message} Trying again…`, sent: 0, speed: 0 });
      return;
    }
    this.#running.delete(upload);
    if (action === 'done') {
      const node = request.getResponseHeader('X-Portico-Node') ?? '';
      this.#set(upload, { state: 'done', message, item: body, node, sent: upload.file.size });
    } else {
      this.#set(upload, { state: 'failed', message, again: again ?? false });
    }
    this.#next();
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's own error page is not JSON; the status says enough.
    return undefined;
  }
}

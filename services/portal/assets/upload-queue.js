// The uploads of this page: three at once, each gone on with from its last acknowledged byte until it is done or hopeless.
import { attempt, terminate } from './upload-attempt.js';
import { GROUPS, judge, refuse } from './upload-policy.js';

const PARALLEL = 3;
const MAX_RESTARTS = 3;
/** While a session or the network is missed, it is looked for so often: ms. */
const LOOK_MS = 15_000;
const FRESH = { sent: 0, kept: 0, speed: 0, attempt: 0, url: undefined, remembered: undefined };

/**
 * @typedef {object} Upload
 * @property {File} file
 * @property {string} visibility
 * @property {string} key the Idempotency-Key of its creation, kept over retries
 * @property {import('./upload-policy.js').UploadState} state `held` waits for the network or for a sign-in
 * @property {number} sent bytes
 * @property {number} kept bytes that the portal has acknowledged
 * @property {number} speed bytes a second, smoothed
 * @property {string} message of its state
 * @property {string} note on what has happened to it
 * @property {boolean} again a person may try it again
 * @property {number} attempt since the last byte that was acknowledged
 * @property {number} retryAt ms of performance.now()
 * @property {string | undefined} url of the upload at the portal
 * @property {string} id of the item
 * @property {string} sha256
 * @property {string} node the portal that took it
 */

export class UploadQueue {
  /** @type {Upload[]} */
  uploads = [];
  #options;
  /** What stops each that runs or is about to. */
  #running = new Map();
  /** Gives back the claim on each that has begun. */
  #claims = new Map();
  #looking = false;

  /** @param {{session, memory, maxBytes: number, maxText: string, onChange: (upload: Upload) => void, onRecall: (entry) => void}} options */
  constructor(options) {
    this.#options = options;
    addEventListener('offline', () => this.#awaitNetwork());
    for (const hint of ['online', 'focus']) addEventListener(hint, () => this.#goOn());
    setInterval(() => this.#goOn(), LOOK_MS);
  }

  get busy() {
    return this.uploads.some((upload) => GROUPS[upload.state] === 'active');
  }

  /** @param {Iterable<File>} files @param {string} visibility */
  add(files, visibility) {
    for (const file of files) {
      const problem = refuse(file, this.#options);
      const upload = {
        ...FRESH,
        file,
        visibility,
        key: crypto.randomUUID(),
        state: problem ? 'failed' : 'waiting',
        message: problem ?? '',
        refused: problem !== undefined,
        again: false,
        note: '',
        restarts: 0,
        missing: undefined,
        renewed: false,
        retryAt: 0,
        id: '',
        sha256: '',
        node: '',
      };
      this.uploads.push(upload);
      this.#options.onChange(upload);
    }
    this.#next();
  }

  pause(upload) {
    this.#stop(upload);
    this.#set(upload, { state: 'paused', speed: 0 });
    this.#next();
  }

  /** Takes up one that was paused, is held, or has failed or been cancelled. */
  retry(upload) {
    this.#set(upload, { state: 'waiting', message: '', attempt: 0, speed: 0 });
    this.#next();
  }

  /** Ends it here and at the portal. */
  cancel(upload) {
    this.#stop(upload);
    const { url, remembered } = upload;
    this.#giveBack(upload);
    this.#set(upload, {
      ...FRESH,
      state: 'cancelled',
      message: 'Cancelled',
      again: true,
      key: crypto.randomUUID(),
    });
    if (url) this.discard(url, remembered);
    this.#next();
  }

  /** What cannot be ended now is ended by the portal when its time is up. */
  async discard(url, remembered) {
    if (remembered) await this.#options.memory.forget(remembered);
    await terminate(url, this.#options.session).catch(() => false);
  }

  cancelAll() {
    for (const upload of this.uploads)
      if (GROUPS[upload.state] === 'active' && upload.state !== 'saving') this.cancel(upload);
  }

  retryFailed() {
    for (const upload of this.uploads) if (upload.state === 'failed' && upload.again) this.retry(upload);
  }

  clearFinished() {
    this.uploads = this.uploads.filter((upload) => GROUPS[upload.state] === 'active');
  }

  #set(upload, changes) {
    Object.assign(upload, changes);
    this.#options.onChange(upload);
  }

  #stop(upload) {
    const stop = this.#running.get(upload);
    this.#running.delete(upload);
    stop?.();
  }

  #giveBack(upload) {
    this.#claims.get(upload)?.();
    this.#claims.delete(upload);
  }

  #next() {
    for (const upload of this.uploads) {
      if (this.#running.size >= PARALLEL) return;
      if (upload.state === 'waiting') this.#send(upload);
    }
  }

  async #send(upload) {
    let stopped = false;
    this.#running.set(upload, () => {
      stopped = true;
    });
    this.#set(upload, { state: 'sending', attempt: upload.attempt + 1, speed: 0 });
    if (!upload.url) await this.#recall(upload);
    if (stopped) {
      if (upload.state === 'cancelled') this.#giveBack(upload);
      return;
    }
    let last;
    const stop = attempt(
      { ...upload, csrfToken: this.#options.session.csrfToken },
      {
        begun: (url) => this.#begun(upload, url),
        kept: (offset) => {
          if (offset > upload.kept) upload.attempt = 1;
          upload.kept = offset;
          upload.renewed = false;
          last = { at: performance.now(), sent: offset };
          this.#set(upload, { sent: offset });
        },
        progress: (sent) => {
          const now = performance.now();
          const seconds = (now - last.at) / 1000;
          const all = sent >= upload.file.size;
          if (seconds < 0.2 && !all) return;
          const speed = (sent - last.sent) / Math.max(seconds, 0.001);
          const smooth = upload.speed === 0 ? speed : upload.speed * 0.7 + speed * 0.3;
          last = { at: now, sent };
          this.#set(upload, { sent, speed: smooth, state: all ? 'saving' : 'sending' });
        },
        done: (receipt) => this.#done(upload, receipt),
        failed: (problem) => this.#failed(upload, problem),
      },
    );
    this.#running.set(upload, stop);
  }

  /** Goes on with what was sent before a reload, unless another tab is at it. */
  async #recall(upload) {
    const { memory } = this.#options;
    const found = await memory.find(upload.file, upload.visibility);
    const free = found && (await memory.claim(found.uploadUrl));
    if (!free) return;
    this.#claims.set(upload, free);
    Object.assign(upload, { url: found.uploadUrl, remembered: found.urlStorageKey });
    this.#options.onRecall(found);
  }

  async #begun(upload, url) {
    if (upload.url === url) return;
    upload.url = url;
    const { memory } = this.#options;
    const free = await memory.claim(url);
    if (free) this.#claims.set(upload, free);
    const remembered = await memory.remember(upload);
    if (upload.url === url && GROUPS[upload.state] !== 'done') upload.remembered = remembered;
    else if (remembered) await memory.forget(remembered);
  }

  #done(upload, { media, sha256, node }) {
    // Every byte is acknowledged, and the file is not in the library yet: another look finishes it.
    if (!media) return this.#failed(upload, { status: 423 });
    this.#running.delete(upload);
    this.#forget(upload);
    const id = media.split('/').at(-1);
    this.#set(upload, { state: 'done', message: 'Uploaded', id, sha256, node, sent: upload.file.size });
    this.#next();
  }

  #forget(upload) {
    if (upload.remembered) this.#options.memory.forget(upload.remembered);
    this.#giveBack(upload);
    upload.remembered = undefined;
  }

  #failed(upload, problem) {
    const { action, seconds, message, again } = judge({
      ...problem,
      attempt: upload.attempt,
      begun: upload.url !== undefined,
      online: navigator.onLine,
      maxText: this.#options.maxText,
    });
    this.#running.delete(upload);
    if (action === 'retry') {
      const timer = setTimeout(() => this.#send(upload), seconds * 1000);
      this.#running.set(upload, () => clearTimeout(timer));
      this.#set(upload, { state: 'pausing', message, speed: 0, retryAt: performance.now() + seconds * 1000 });
      return;
    }
    if (action === 'wait' || action === 'sign-in') {
      this.#set(upload, { state: 'held', missing: action, message, speed: 0 });
      // Once at once; a session that is there and yet refused is not asked about in a loop.
      if (action === 'sign-in' && !upload.renewed) this.#goOn();
      upload.renewed = action === 'sign-in';
    } else if (action === 'restart' && upload.restarts < MAX_RESTARTS) {
      this.#forget(upload);
      const restarts = upload.restarts + 1;
      this.#set(upload, { ...FRESH, state: 'waiting', note: message, key: crypto.randomUUID(), restarts });
    } else {
      this.#set(upload, { state: 'failed', message, again: again ?? true, speed: 0 });
    }
    this.#next();
  }

  #awaitNetwork() {
    for (const upload of this.uploads) {
      if (!['sending', 'saving', 'pausing'].includes(upload.state)) continue;
      this.#stop(upload);
      this.#set(upload, { state: 'held', missing: 'wait', message: 'Waiting for the network', speed: 0 });
    }
  }

  /** Looks whether what was missed is there again. */
  async #goOn() {
    const held = (reason) =>
      this.uploads.filter((upload) => upload.state === 'held' && upload.missing === reason);
    for (const upload of held('wait')) this.retry(upload);
    if (held('sign-in').length === 0 || this.#looking) return;
    this.#looking = true;
    const obstacle = await this.#options.session.renew();
    this.#looking = false;
    for (const upload of held('sign-in')) {
      if (obstacle) this.#set(upload, { message: obstacle });
      else this.retry(upload);
    }
  }
}

// What this browser remembers of uploads that have begun, so that they survive a reload and a closed tab.
import './tus.js';
import { fingerprint } from './upload-policy.js';

const storage = globalThis.tus.defaultOptions.urlStorage;

/** As long as a page sends an upload it holds this lock, so another tab does not offer it as unfinished. */
const lockOf = (url) => `portico upload ${url}`;

export class UploadMemory {
  #user;

  constructor(user) {
    this.#user = user;
  }

  /** @returns {Promise<string | undefined>} the key to forget it by; undefined where there is no room for it */
  async remember({ file, visibility, url }) {
    try {
      return await storage.addUpload(this.#prefix(file, visibility), {
        size: file.size,
        metadata: { filename: file.name, visibility },
        creationTime: new Date().toISOString(),
        uploadUrl: url,
        user: this.#user,
      });
    } catch {
      // The upload goes on; it is only not found again after a reload.
      return undefined;
    }
  }

  forget(key) {
    return storage.removeUpload(key);
  }

  /** What was begun of this very file and is not being sent by another tab. */
  async find(file, visibility) {
    const found = await storage.findUploadsByFingerprint(this.#prefix(file, visibility));
    return (await this.#free(found)).at(0);
  }

  async all() {
    const found = await storage.findAllUploads();
    return this.#free(found.filter((entry) => entry.user === this.#user && entry.uploadUrl));
  }

  /** @returns {Promise<(() => void) | undefined>} gives it back; undefined when another tab has it */
  async claim(url) {
    if (!navigator.locks) return () => {};
    return new Promise((resolve) => {
      navigator.locks.request(lockOf(url), { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise((free) => resolve(free));
      });
    });
  }

  async #free(entries) {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    const taken = new Set(held.map((lock) => lock.name));
    return entries.filter((entry) => !taken.has(lockOf(entry.uploadUrl)));
  }

  #prefix(file, visibility) {
    return fingerprint(file, { user: this.#user, visibility });
  }
}

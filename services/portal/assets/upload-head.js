// The head of the list: how far all of it is, which of it is shown, and what can be done to all of it at once.
import { announce } from './page.js';
import { overall, overallWords } from './upload-policy.js';

/** ms between two drawings, and between two announcements of a count. */
const DRAW_EVERY = 200;
const SAY_EVERY = 5000;

export class UploadHead {
  #part = {};
  #panel;
  #queue;
  #timer;
  #said = { at: 0, words: '' };

  /** @param {HTMLElement} root @param {import('./upload-queue.js').UploadQueue} queue */
  constructor(root, queue) {
    this.#queue = queue;
    this.#panel = root.querySelector('[data-queue]');
    for (const name of [
      'queue-title',
      'overall',
      'overall-bar',
      'cancel-all',
      'retry-failed',
      'clear',
      'filters',
      'rows',
    ])
      this.#part[name] = root.querySelector(`[data-${name}]`);
    this.#part['cancel-all'].addEventListener('click', () => queue.cancelAll());
    this.#part['retry-failed'].addEventListener('click', () => queue.retryFailed());
    for (const button of this.#filters())
      button.addEventListener('click', () => this.#show(button.dataset.filter));
  }

  draw() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#drawNow();
    }, DRAW_EVERY);
  }

  #drawNow() {
    const { uploads, busy } = this.#queue;
    const sum = overall(uploads);
    const part = this.#part;
    this.#panel.hidden = uploads.length === 0;
    const words = `${sum.done} of ${sum.total} uploaded`;
    part['queue-title'].textContent = words;
    part.overall.textContent = overallWords(sum);
    part['overall-bar'].value = sum.bytes === 0 ? 0 : sum.sent / sum.bytes;
    part['overall-bar'].hidden = !busy;
    part['cancel-all'].hidden = sum.active < 2;
    part['retry-failed'].hidden = !uploads.some(({ state, again }) => state === 'failed' && again);
    part.clear.hidden = sum.active === uploads.length;
    part.filters.hidden = uploads.length < 5;
    const counts = { all: uploads.length, active: sum.active, failed: sum.failed, done: sum.done };
    for (const button of this.#filters())
      button.querySelector('[data-count]').textContent = counts[button.dataset.filter];
    this.#say(busy ? `${words}.` : summary(sum), busy);
  }

  /** Counts, not each percent; and the end at once. */
  #say(words, busy) {
    const now = performance.now();
    if (words === this.#said.words || (busy && now - this.#said.at < SAY_EVERY)) return;
    this.#said = { at: now, words };
    if (this.#queue.uploads.length > 0) announce(words);
  }

  #filters() {
    return this.#part.filters.querySelectorAll('button');
  }

  #show(filter) {
    this.#part.rows.dataset.show = filter;
    for (const button of this.#filters())
      button.setAttribute('aria-pressed', String(button.dataset.filter === filter));
  }
}

function summary({ done, failed }) {
  return failed === 0 ? `All ${done} uploaded.` : `${done} uploaded, ${failed} failed.`;
}

// One row an upload: the queue's state, drawn. However often it changes, the page is touched a few times a second.
import { GROUPS, sentence } from './upload-policy.js';

const ICONS = {
  done: 'check',
  failed: 'warn',
  cancelled: 'cross',
  pausing: 'clock',
  held: 'clock',
  paused: 'pause',
};
/** ms */
const DRAW_EVERY = 100;

export class UploadRows {
  #list;
  #template;
  #icons;
  #actions;
  #rows = new Map();
  #changed = new Set();
  #timer;

  /** @param {HTMLElement} root @param {{cancel, retry, pause}} actions each is given the upload */
  constructor(root, actions) {
    this.#list = root.querySelector('[data-rows]');
    this.#template = root.querySelector('template[data-row]');
    this.#icons = root.dataset.icons;
    this.#actions = actions;
    // "in 3 s" counts down by itself.
    setInterval(() => {
      for (const upload of this.#rows.keys()) if (upload.state === 'pausing') this.draw(upload);
    }, 1000);
  }

  /** @param {import('./upload-queue.js').Upload} upload */
  draw(upload) {
    this.#changed.add(upload);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const one of changed) this.#drawNow(one);
    }, DRAW_EVERY);
  }

  /** @param {import('./upload-queue.js').Upload[]} kept */
  keepOnly(kept) {
    const staying = new Set(kept);
    for (const [upload, { row }] of this.#rows) {
      if (staying.has(upload)) continue;
      row.remove();
      this.#rows.delete(upload);
      this.#changed.delete(upload);
    }
  }

  #drawNow(upload) {
    const { row, part } = this.#rows.get(upload) ?? this.#create(upload);
    const { state } = upload;
    const focused = row.contains(document.activeElement);
    const group = GROUPS[state];
    if (row.dataset.state !== state) {
      this.#mark(part.mark, state);
      row.dataset.state = state;
      row.dataset.group = group;
      part.bar.hidden = group !== 'active';
      // With its last byte sent it may be in the library already.
      part.cancel.hidden = group !== 'active' || state === 'saving';
      part.pause.hidden = group !== 'active' || state === 'paused' || state === 'saving';
      part.resume.hidden = state !== 'paused' && state !== 'held';
      part.link.hidden = state !== 'done';
      if (upload.id) part.link.href = `/library/${upload.id}`;
      part.hash.hidden = !upload.sha256;
      part.hash.textContent = upload.sha256.slice(0, 8);
      part.hash.title = `On disk, with the SHA-256 ${upload.sha256}`;
    }
    part.retry.hidden = !upload.again || group === 'active';
    part.message.textContent = sentence(upload, performance.now());
    if (state === 'saving') part.bar.removeAttribute('value');
    else part.bar.value = upload.sent / upload.file.size || 0;
    // A button that vanishes under the focus would throw a keyboard user back to the top.
    if (focused && (document.activeElement === document.body || document.activeElement.hidden))
      row.querySelector('button:not([hidden]), a:not([hidden])')?.focus();
  }

  #create(upload) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    const { name } = upload.file;
    const part = {};
    for (const key of [
      'mark',
      'name',
      'bar',
      'message',
      'hash',
      'link',
      'cancel',
      'retry',
      'pause',
      'resume',
    ])
      part[key] = row.querySelector(`[data-${key}]`);
    part.name.textContent = name;
    part.name.title = name;
    const button = (key, label, action) => {
      part[key].setAttribute('aria-label', `${label} ${name}`);
      if (action) part[key].addEventListener('click', () => action(upload));
    };
    button('cancel', 'Cancel', this.#actions.cancel);
    button('retry', 'Try again:', this.#actions.retry);
    button('pause', 'Pause', this.#actions.pause);
    button('resume', 'Go on with', this.#actions.retry);
    button('link', 'Open');
    part.bar.setAttribute('aria-label', `Progress of ${name}`);
    const made = { row, part };
    this.#rows.set(upload, made);
    this.#list.append(row);
    return made;
  }

  #mark(mark, state) {
    const name = ICONS[state] ?? 'upload';
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    use.setAttribute('href', `${this.#icons}#${name}`);
    svg.append(use);
    mark.replaceChildren(svg);
  }
}

// One row an upload: the queue's state, drawn.
import { humanSize, timeLeft } from './words.js';

const ICONS = { done: 'check', failed: 'warn', cancelled: 'cross', pausing: 'clock' };

/** @param {import('./upload-queue.js').Upload} upload */
function sentence(upload) {
  if (upload.state === 'sending') {
    const left = upload.speed > 0 ? (upload.file.size - upload.sent) / upload.speed : Number.NaN;
    const parts = [`${humanSize(upload.sent)} of ${humanSize(upload.file.size)}`];
    if (upload.speed > 0) parts.push(`${humanSize(upload.speed)}/s`, timeLeft(left));
    return parts.filter(Boolean).join(' · ');
  }
  const size = humanSize(upload.file.size);
  if (upload.state === 'done')
    return upload.node ? `${size} · uploaded through ${upload.node}` : `${size} · uploaded`;
  return upload.state === 'waiting' ? `${size} · ${upload.message}` : upload.message;
}

export class UploadRows {
  #list;
  #template;
  #icons;
  #actions;
  #rows = new Map();

  /** @param {HTMLElement} root @param {{cancel(upload): void, retry(upload): void}} actions */
  constructor(root, actions) {
    this.#list = root.querySelector('[data-rows]');
    this.#template = root.querySelector('template[data-row]');
    this.#icons = root.dataset.icons;
    this.#actions = actions;
  }

  /** @param {import('./upload-queue.js').Upload} upload */
  draw(upload) {
    const row = this.#rows.get(upload) ?? this.#create(upload);
    const part = (name) => row.querySelector(`[data-${name}]`);
    const active = ['waiting', 'sending', 'saving', 'pausing'].includes(upload.state);
    if (row.dataset.state !== upload.state) this.#mark(row, upload.state);
    row.dataset.state = upload.state;
    part('message').textContent = sentence(upload);
    const bar = part('bar');
    bar.hidden = !active;
    if (upload.state === 'saving') bar.removeAttribute('value');
    else bar.value = upload.sent / upload.file.size || 0;
    const focused = row.contains(document.activeElement);
    part('cancel').hidden = !active;
    part('retry').hidden = !upload.again || active;
    const link = part('link');
    link.hidden = upload.state !== 'done';
    if (upload.item) link.href = `/library/${upload.item.id}`;
    // A button that vanishes under the focus would throw a keyboard user back to the top.
    if (focused && document.activeElement === document.body)
      row.querySelector('button:not([hidden]), a')?.focus();
  }

  /** @param {import('./upload-queue.js').Upload[]} kept */
  keepOnly(kept) {
    for (const [upload, row] of this.#rows) {
      if (kept.includes(upload)) continue;
      row.remove();
      this.#rows.delete(upload);
    }
  }

  #create(upload) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.querySelector('[data-name]').textContent = upload.file.name;
    const name = upload.file.name;
    const button = (which, label, action) => {
      const element = row.querySelector(`[data-${which}]`);
      element.setAttribute('aria-label', `${label} ${name}`);
      if (action) element.addEventListener('click', () => action(upload));
    };
    button('cancel', 'Cancel', this.#actions.cancel);
    button('retry', 'Try again:', this.#actions.retry);
    button('link', 'Open');
    row.querySelector('[data-bar]').setAttribute('aria-label', `Progress of ${name}`);
    this.#rows.set(upload, row);
    this.#list.append(row);
    return row;
  }

  #mark(row, state) {
    const name = ICONS[state] ?? 'upload';
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    use.setAttribute('href', `${this.#icons}#${name}`);
    svg.append(use);
    row.querySelector('[data-mark]').replaceChildren(svg);
  }
}

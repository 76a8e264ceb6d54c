// What was begun before a reload, or in a tab that is closed: shown until the file is chosen again, or discarded.
import { humanSize } from './words.js';

export class UnfinishedUploads {
  #root;
  #list;
  #template;
  #memory;
  #actions;
  #rows = new Map();

  /** @param {HTMLElement} root @param {{choose(visibility: string): void, discard(url: string, key: string): Promise<void>}} actions */
  constructor(root, memory, actions) {
    this.#root = root.querySelector('[data-unfinished]');
    this.#list = this.#root.querySelector('[data-unfinished-rows]');
    this.#template = root.querySelector('template[data-unfinished-row]');
    this.#memory = memory;
    this.#actions = actions;
  }

  async show() {
    for (const entry of await this.#memory.all()) {
      const { known, offset } = await ask(entry.uploadUrl);
      if (known) this.#add(entry, offset);
      else await this.#memory.forget(entry.urlStorageKey);
    }
  }

  /** The file was chosen again. */
  remove({ urlStorageKey }) {
    this.#rows.get(urlStorageKey)?.remove();
    this.#rows.delete(urlStorageKey);
    this.#root.hidden = this.#rows.size === 0;
  }

  #add(entry, offset) {
    if (this.#rows.has(entry.urlStorageKey)) return;
    const row = this.#template.content.firstElementChild.cloneNode(true);
    const { filename, visibility } = entry.metadata;
    row.querySelector('[data-name]').textContent = filename;
    const there =
      offset === undefined
        ? ''
        : `: ${Math.floor((100 * offset) / entry.size)} % of ${humanSize(entry.size)} is there`;
    row.querySelector('[data-message]').textContent = `Unfinished. Choose the file again to go on${there}.`;
    const button = (name, label, action) => {
      const element = row.querySelector(`[data-${name}]`);
      element.setAttribute('aria-label', `${label} ${filename}`);
      element.addEventListener('click', action);
    };
    button('again', 'Choose file to go on with', () => this.#actions.choose(visibility));
    button('discard', 'Discard', async () => {
      this.remove(entry);
      await this.#actions.discard(entry.uploadUrl, entry.urlStorageKey);
    });
    this.#rows.set(entry.urlStorageKey, row);
    this.#list.append(row);
    this.#root.hidden = false;
  }
}

/** An upload that is finished or gone is no longer unfinished; one that nobody can tell about just now may be. */
async function ask(url) {
  try {
    const response = await fetch(url, { headers: { Accept: 'application/json' } });
    if (response.status === 404 || response.status === 410) return { known: false };
    if (!response.ok) return { known: true };
    const { state, offset } = await response.json();
    return { known: state !== 'finished', offset };
  } catch {
    return { known: true };
  }
}

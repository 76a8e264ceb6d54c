// Suggestions below a field: the combobox of the WAI-ARIA Authoring Practices, whose focus stays in the field.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/** @param {{text: string, marked: boolean}[]} pieces */
const marked = (pieces) => pieces.map(({ text, marked }) => (marked ? element('mark', '', text) : text));

export class SearchList {
  #input;
  #list = element('ul', 'suggestions');
  #status = element('p', 'visually-hidden');
  #hits = [];
  #active = -1;

  constructor(form, input) {
    this.#input = input;
    this.#list.id = `${input.id}-suggestions`;
    this.#list.hidden = true;
    this.#list.setAttribute('role', 'listbox');
    this.#list.setAttribute('aria-label', 'Suggestions');
    this.#status.setAttribute('role', 'status');
    const attributes = {
      role: 'combobox',
      'aria-autocomplete': 'list',
      'aria-haspopup': 'listbox',
      'aria-controls': this.#list.id,
      'aria-expanded': 'false',
    };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    input.parentElement.append(this.#list);
    form.append(this.#status);

    // The focus stays in the field, also for who points.
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
    this.#list.addEventListener('click', (event) => {
      const option = event.target.closest('[role="option"]');
      if (!option) return;
      this.#activate([...this.#list.children].indexOf(option));
      this.go(event.ctrlKey || event.metaKey);
    });
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  show(hits) {
    this.#hits = hits;
    this.#list.replaceChildren(...hits.map((hit, n) => this.#option(hit, n)));
    this.#list.scrollTop = 0;
    this.#toggle(hits.length > 0);
    this.#status.textContent =
      hits.length === 0 ? 'No suggestions.' : `${hits.length} suggestion${hits.length === 1 ? '' : 's'}.`;
  }

  /** @returns whether it was open */
  close() {
    const wasOpen = this.isOpen;
    this.#toggle(false);
    this.#status.textContent = '';
    return wasOpen;
  }

  /** To the next one or the one before; beyond the last one is the field itself. @returns whether there is any */
  move(by) {
    if (this.#hits.length === 0) return false;
    if (!this.isOpen) this.#toggle(true);
    const places = this.#hits.length + 1;
    this.#activate(((this.#active + 1 + by + places) % places) - 1);
    return true;
  }

  /** @returns whether one was chosen */
  go(elsewhere = false) {
    const hit = this.isOpen ? this.#hits[this.#active] : undefined;
    if (!hit) return false;
    if (elsewhere) window.open(hit.href, '_blank', 'noopener');
    else location.assign(hit.href);
    this.close();
    return true;
  }

  #toggle(open) {
    this.#list.hidden = !open;
    this.#input.setAttribute('aria-expanded', String(open));
    this.#activate(-1);
  }

  #activate(n) {
    this.#active = n;
    for (const [at, option] of [...this.#list.children].entries())
      option.setAttribute('aria-selected', String(at === n));
    const active = this.#list.children[n];
    if (active) {
      this.#input.setAttribute('aria-activedescendant', active.id);
      active.scrollIntoView({ block: 'nearest' });
    } else this.#input.removeAttribute('aria-activedescendant');
  }

  #option({ kind, word, title, name, where }, n) {
    const badge = element('span', 'badge', word);
    badge.dataset.kind = kind;
    const about = element('span', 'suggestion-where');
    if (name.length > 0) about.append(element('code', '', ...marked(name)), ' · ');
    about.append(where);
    const option = element(
      'li',
      'suggestion',
      element('span', 'suggestion-title', ...marked(title)),
      ' ',
      badge,
      ' ',
      about,
    );
    option.id = `${this.#list.id}-${n}`;
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', 'false');
    return option;
  }
}

// The search field that every page has: `/` leads to it, and it suggests while somebody types. Without it the field is a form.
import { meta } from './page.js';
import { SearchList } from './search-list.js';

/** Somebody who types fast is asked for once, when they pause: ms. */
const PAUSE = 120;

/** @param {string} url */
async function ask(url, signal) {
  const response = await fetch(url, { signal, headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The search answered ${response.status}.`);
  return (await response.json()).hits;
}

/**
 * What is published comes from the generation that this page was made from; one that no portal keeps any more suggests
 * nothing, and the form still searches the present one. Files come as they are now.
 * @param {string} text
 */
async function suggestionsFor(text, signal) {
  const generation = meta('portico-generation');
  const query = new URLSearchParams({ q: text });
  const answers = await Promise.allSettled([
    generation ? ask(`/g/${generation}/suggest.json?${query}`, signal) : [],
    ask(`/search/files.json?${query}`, signal),
  ]);
  signal.throwIfAborted();
  return answers.flatMap(({ value }) => value ?? []);
}

function suggest(form, input) {
  const list = new SearchList(form, input);
  let timer;
  let asking = new AbortController();

  async function update(text) {
    try {
      const hits = await suggestionsFor(text, asking.signal);
      if (document.activeElement === input) list.show(hits);
    } catch {
      // Given up for what was typed since.
    }
  }

  function stop() {
    clearTimeout(timer);
    asking.abort();
    asking = new AbortController();
  }

  input.addEventListener('input', () => {
    stop();
    const text = input.value.trim();
    if (text === '') list.close();
    else timer = setTimeout(update, PAUSE, text);
  });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!list.move(event.key === 'ArrowDown' ? 1 : -1)) return;
    } else if (event.key === 'Escape') {
      stop();
      // Open, it is closed, and what was typed stays; closed, the browser empties the field.
      if (!list.close()) return;
    } else if (event.key === 'Enter') {
      if (!list.go(event.ctrlKey || event.metaKey)) return;
    } else return;
    event.preventDefault();
  });
  input.addEventListener('blur', () => {
    stop();
    list.close();
  });
  form.addEventListener('submit', (event) => {
    stop();
    list.close();
    if (input.value.trim() === '') event.preventDefault();
  });
}

const TYPED_INTO = 'input, textarea, select, [contenteditable]:not([contenteditable="false"])';

/** Shift is not a modifier here: on many keyboards `/` needs it. */
function isForSearch({ key, ctrlKey, metaKey, altKey, isComposing, defaultPrevented, target }) {
  if (key !== '/' || ctrlKey || metaKey || altKey || isComposing || defaultPrevented) return false;
  return (
    !(target instanceof Element && target.closest(TYPED_INTO)) && !document.querySelector('dialog[open]')
  );
}

const form = document.querySelector('[data-find]');
if (form) {
  const input = form.querySelector('input[name="q"]');
  suggest(form, input);
  input.setAttribute('aria-keyshortcuts', '/');
  form.querySelector('[data-find-key]').hidden = false;
  document.addEventListener('keydown', (event) => {
    if (!isForSearch(event)) return;
    event.preventDefault();
    // On a narrow screen the field is a page of its own.
    if (input.offsetParent === null) location.assign('/search');
    else input.select();
    input.focus();
  });
}

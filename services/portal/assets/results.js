// The library's grid: sorting without a button, "Load more" in place, and a fresh look after an upload.
import { announce, localTimes } from './page.js';

async function fetchResults(url) {
  const response = await fetch(url, { headers: { Accept: 'text/html' } });
  if (!response.ok || response.redirected) throw new Error(`The library answered ${response.status}.`);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  localTimes(page);
  return page;
}

/** A portal that goes just now may cut one answer off; another gives it a moment later. */
async function fetchPatiently(url) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchResults(url);
    } catch (error) {
      if (attempt === 4) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 700));
    }
  }
}

/** Draws the first page of the current search again, so that what was uploaded stands where it belongs. */
export async function refreshResults() {
  const url = new URL(location.href);
  for (const name of ['cursor', 'done']) url.searchParams.delete(name);
  const page = await fetchPatiently(url);
  document.querySelector('#results').replaceWith(page.querySelector('#results'));
  document.querySelector('[data-total]').replaceWith(page.querySelector('[data-total]'));
}

async function loadMore(link) {
  link.setAttribute('aria-busy', 'true');
  link.textContent = 'Loading…';
  const page = await fetchResults(link.href);
  const cards = [...page.querySelectorAll('[data-grid] > li')];
  document.querySelector('[data-grid]').append(...cards);
  const next = page.querySelector('[data-next]');
  if (next) link.replaceWith(next);
  else link.remove();
  cards[0]?.querySelector('a').focus();
  announce(`${cards.length} more files.`);
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-next]') : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.hasAttribute('aria-busy')) return;
  // When it cannot be had in place, the link leads there as it would without a script.
  loadMore(link).catch(() => location.assign(link.href));
});

document
  .querySelector('[data-submit-on-change]')
  ?.addEventListener('change', (event) => event.target.form.requestSubmit());

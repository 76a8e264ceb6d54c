// On every page: who is signed in, local times, copy buttons. Everything here improves what already works without it.

/** @param {string} name */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';
}

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: 'auto' });

/** "3 minutes ago" for today, else the day. @param {Date} date */
export function ago(date, now = Date.now()) {
  const seconds = Math.round((date.getTime() - now) / 1000);
  if (seconds > -60) return 'just now';
  if (seconds > -3600) return relative.format(Math.trunc(seconds / 60), 'minute');
  if (seconds > -86400) return relative.format(Math.trunc(seconds / 3600), 'hour');
  return days.format(date);
}

/** @param {ParentNode} root */
export function localTimes(root) {
  for (const time of root.querySelectorAll('time[data-local], time[data-relative]')) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    time.title = date.toLocaleString();
    time.textContent = 'relative' in time.dataset ? ago(date) : moments.format(date);
  }
}

/** @param {ParentNode} root */
export function copyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      const label = button.querySelector('[data-copy-label]');
      const before = label.textContent;
      const said = await navigator.clipboard.writeText(button.dataset.copy).then(
        () => 'Copied',
        () => 'Not allowed',
      );
      label.textContent = said;
      announce(said);
      setTimeout(() => {
        label.textContent = before;
      }, 2000);
    });
  }
}

/** Says a sentence to a screen reader. @param {string} sentence */
export function announce(sentence) {
  const region = document.querySelector('[data-announce]');
  if (region) region.textContent = sentence;
}

/** Each may do what the one before it may. */
const ROLES = ['reader', 'publisher', 'admin'];

/** A public page is the same for everybody, so it asks who is there only when the hint cookie says that somebody is. */
async function showAccount() {
  const template = document.querySelector('template[data-signed-in]');
  if (!template || !document.cookie.includes('__Host-portico-hint=1')) return;
  const response = await fetch('/api/v1/session', { headers: { Accept: 'application/json' } });
  if (!response.ok) return;
  const session = await response.json();
  const user = session.user ?? session.principal;
  if (!user) return;
  const account = template.content.cloneNode(true);
  const name = account.querySelector('[data-name]');
  name.textContent = user.name;
  name.title = `Role: ${user.role}`;
  account.querySelector('[name="_csrf"]').value = session.csrfToken;
  document.querySelector('[data-account]').replaceChildren(account);
  for (const hint of document.querySelectorAll('template[data-role]'))
    if (ROLES.indexOf(user.role) >= ROLES.indexOf(hint.dataset.role))
      hint.replaceWith(hint.content.cloneNode(true));
}

localTimes(document);
copyButtons(document);
// A failed look-up leaves "Sign in" standing, which leads to the same place.
showAccount().catch(() => {});

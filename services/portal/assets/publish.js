// Publishing takes seconds while portals load what is new: a button says so and is pressed once, and the page follows what goes on.
import { localTimes } from './page.js';

const EVERY = 1000;

async function follow() {
  if (!document.querySelector('[data-going]')) return;
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(10 * EVERY) });
    if (response.ok && !response.redirected) {
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const main = document.querySelector('main');
      main.replaceChildren(...page.querySelector('main').childNodes);
      localTimes(main);
    }
  } catch {
    // Asked again in a moment.
  }
  setTimeout(follow, EVERY);
}

document.addEventListener('submit', (event) => {
  const button = event.target.querySelector('button[type="submit"]');
  if (!button || !event.target.action.includes('/publish')) return;
  button.disabled = true;
  button.textContent = 'Portals load it …';
});
// The browser's way back brings the page as it was left: publishing.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
setTimeout(follow, EVERY);

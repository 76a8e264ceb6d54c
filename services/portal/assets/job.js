// One job's history, kept up to date from the page as the server draws it.
const EVERY = 3000;

async function redraw() {
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(EVERY) });
    if (response.ok && !response.redirected) {
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const here = document.querySelector('[data-redrawn]');
      const fresh = page.querySelector('[data-redrawn]');
      if (fresh && here.innerHTML !== fresh.innerHTML) here.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // Asked again in a moment.
  }
  setTimeout(redraw, document.hidden ? EVERY * 4 : EVERY);
}

setTimeout(redraw, EVERY);

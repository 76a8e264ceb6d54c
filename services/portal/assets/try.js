// The interactive reference: Swagger UI over the description of one generation.
import { excerpt, parametersByOperation, tokensByHand } from './try-description.js';

const place = document.querySelector('[data-try]');
const { library, description, operations, origins, method, path } = place.dataset;
const callable = new Set(origins.split(' ').filter(Boolean));
if ('own' in place.dataset) callable.add(location.origin);

/**
 * What leaves this page: to a server of the description, and without a cookie, also when the description names this portal,
 * where a cookie would let it act as the person who reads it. The page's policy keeps to the same servers.
 */
function outgoing(request) {
  const { origin } = new URL(request.url, location.href);
  if (request.loadSpec || !callable.has(origin)) {
    const sentence = `This page may not ask ${origin}: the description does not name it as a server.`;
    // Thrown from here it would break the library's own view of the answer.
    request.userFetch = () => Promise.reject(new Error(sentence));
  }
  request.credentials = 'omit';
  return request;
}

/** Swagger UI's own ways that would not do here. */
function ways({ whole, pages }) {
  const isWanted = (operation) => operation.get('method') === method && operation.get('path') === path;
  return (system) => {
    const h = system.React.createElement;
    return {
      statePlugins: {
        spec: {
          wrapActions: {
            // It would write the description as text and read that as YAML: seconds for a large one.
            parseToJson:
              (_, { specActions }) =>
              () =>
                specActions.updateJsonSpec(whole),
          },
          ...(method && {
            wrapSelectors: {
              taggedOperations:
                (tagged) =>
                (...asked) =>
                  onlyOf(tagged(...asked), isWanted),
            },
          }),
        },
      },
      components: {
        // The page has said it already.
        InfoContainer: () => null,
        // It would be a link within a button.
        DeepLink: ({ text }) => h('span', null, text),
      },
      wrapComponents: {
        operation: (Operation) => (shown) => {
          const { operation } = shown;
          const page = pages[`${operation.get('method').toUpperCase()} ${operation.get('path')}`];
          const back =
            page &&
            operation.get('isShown') &&
            h('a', { className: 'try-back', href: page }, 'Its page in the reference');
          return h('div', { className: 'try-operation' }, h(Operation, shown), back || null);
        },
      },
    };
  };
}

const onlyOf = (tagged, isWanted) =>
  tagged
    .map((group) => group.update('operations', (all) => all.filter(isWanted)))
    .filter((group) => group.get('operations').size > 0)
    // Of an operation with several tags once is enough.
    .take(1);

/** Its own script, which is a classic one and not small: for this page alone. */
function loadLibrary() {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = library;
    script.onload = () => resolve(window.SwaggerUIBundle);
    script.onerror = () => reject(new Error('Its script did not come.'));
    document.head.append(script);
  });
}

/** Names for what the library leaves without one, puts in a label with no other word in it, or calls what it does not say. */
function name() {
  for (const button of place.querySelectorAll('.close-modal:not([aria-label])')) button.ariaLabel = 'Close';
  for (const button of place.querySelectorAll('.modal-btn[aria-label]')) button.removeAttribute('aria-label');
  for (const field of place.querySelectorAll(':is(select, textarea, input[type="text"]):not([aria-label])')) {
    const labels = [...field.labels].map(({ textContent }) => textContent.replace(field.textContent, ''));
    if (!`${field.title}${field.placeholder ?? ''}${labels.join('')}`.trim())
      field.ariaLabel = wordsBefore(field);
  }
}

/** The words that stand next before it. */
function wordsBefore(field) {
  for (let at = field; at !== place; at = at.parentElement) {
    const words = at.previousElementSibling?.textContent.trim();
    if (words) return words;
  }
  return 'Value';
}

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`The portal answered ${answer.status}.`);
  return answer.json();
}

function followColourScheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}

async function open() {
  const [SwaggerUI, read, pages] = await Promise.all([
    loadLibrary(),
    json(description),
    // On an operation's own page the way back is on top.
    method ? {} : json(operations),
  ]);
  const whole = parametersByOperation(tokensByHand(method ? excerpt(read, method, path) : read));
  await new Promise((resolve) => {
    SwaggerUI({
      domNode: place,
      // Only its kind; the rest comes by `parseToJson`.
      spec: { openapi: whole.openapi, swagger: whole.swagger },
      plugins: [ways({ whole, pages })],
      // A thousand operations are listed tag by tag, as somebody opens it.
      docExpansion: method ? 'full' : Object.keys(pages).length > MANY ? 'none' : 'list',
      deepLinking: !method,
      filter: !method,
      // The schemas have pages of their own.
      defaultModelsExpandDepth: -1,
      supportedSubmitMethods: callable.size > 0 ? [...SUBMITTED] : [],
      tryItOutEnabled: true,
      displayRequestDuration: true,
      persistAuthorization: false,
      validatorUrl: null,
      requestInterceptor: outgoing,
      onComplete: resolve,
    });
  });
}

const MANY = 100;
const SUBMITTED = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

const state = document.querySelector('[data-try-state]');
const failure = document.querySelector('[data-try-failure]');
followColourScheme();
new MutationObserver(name).observe(place, { childList: true, subtree: true });
state.hidden = false;
open()
  .then(() => {
    place.dataset.opened = '';
  })
  .catch((error) => {
    failure.querySelector('[data-try-why]').textContent =
      `The interactive reference could not be opened. ${error.message}`;
    failure.hidden = false;
  })
  .finally(() => {
    state.hidden = true;
  });

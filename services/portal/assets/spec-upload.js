// Sends a description, shows how far it is, and keeps the chosen file when it is refused. Without it the form is sent as any other.
import { localTimes } from './page.js';

/**
 * The server's page in the place of this one's: what was wrong, and the form again, with the file that was chosen.
 * @param {string} html @param {FileList} files
 * @returns {string} what to say here instead, when the answer has no such form
 */
function show(html, files) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const file = page.querySelector('main [data-spec-form] input[type="file"]');
  if (!file) return page.querySelector('h1 + p')?.textContent || 'It was not kept.';
  const main = document.querySelector('main');
  document.title = page.title;
  main.replaceChildren(...page.querySelector('main').childNodes);
  main.querySelector('[data-spec-form] input[type="file"]').files = files;
  localTimes(main);
  scrollTo(0, 0);
  main.focus();
  return '';
}

/** @param {HTMLFormElement} form */
function send(form) {
  const { files } = form.elements.namedItem('file');
  const button = form.querySelector('button[type="submit"]');
  const line = form.querySelector('[data-sending]');
  const bar = line.querySelector('progress');
  const words = line.querySelector('[data-sending-text]');
  const fail = (sentence) => {
    line.hidden = false;
    bar.hidden = true;
    words.textContent = sentence;
    button.disabled = false;
  };
  if (files[0].size > Number(form.dataset.maxBytes)) {
    fail(`${files[0].name} is larger than ${form.dataset.maxText}. Nothing was sent.`);
    return;
  }
  const request = new XMLHttpRequest();
  request.upload.onprogress = ({ loaded, total }) => {
    bar.value = total > 0 ? loaded / total : 0;
    words.textContent = `${Math.floor(bar.value * 100)} % sent`;
  };
  request.upload.onload = () => {
    bar.removeAttribute('value');
    words.textContent = 'It is read and checked …';
  };
  request.onerror = () => fail('The connection broke. Upload it again: it is not kept twice.');
  request.onload = () => {
    if (request.status < 400) location.assign(request.responseURL);
    else if (!show(request.responseText, files))
      fail(`It was not kept (${request.status}). Try again in a moment.`);
  };
  request.open('POST', form.action);
  request.send(new FormData(form));
  button.disabled = true;
  bar.hidden = false;
  line.hidden = false;
  words.textContent = 'Sending …';
}

// The browser's way back brings the page as it was left: sending.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-spec-form]');
  if (!form) return;
  event.preventDefault();
  send(form);
});

// Puts the uploader together: files that are dropped or chosen go into the queue, the queue into rows, and what is done into the grid.
import { announce, meta } from './page.js';
import { refreshResults } from './results.js';
import { acceptDrops } from './upload-drop.js';
import { UploadHead } from './upload-head.js';
import { UploadMemory } from './upload-memory.js';
import { UploadQueue } from './upload-queue.js';
import { UploadRows } from './upload-rows.js';
import { UploadSession } from './upload-session.js';
import { UnfinishedUploads } from './upload-unfinished.js';

const root = document.querySelector('[data-uploader]');
const form = root.querySelector('[data-upload-form]');
const input = form.querySelector('input[type="file"]');
const choose = form.querySelector('[data-choose]');
const { user } = root.dataset;
const states = new Map();

const memory = new UploadMemory(user);
const queue = new UploadQueue({
  session: new UploadSession(user, meta('csrf-token')),
  memory,
  maxBytes: Number(root.dataset.maxBytes),
  maxText: root.dataset.maxText,
  onChange: (upload) => {
    rows.draw(upload);
    head.draw();
    if (states.get(upload) === upload.state) return;
    states.set(upload, upload.state);
    if (upload.state === 'failed') announce(`${upload.file.name}: ${upload.message}`);
    if (upload.state === 'done') showResults();
  },
  onRecall: (entry) => unfinished.remove(entry),
});
const rows = new UploadRows(root, {
  cancel: (upload) => queue.cancel(upload),
  retry: (upload) => queue.retry(upload),
  pause: (upload) => queue.pause(upload),
});
const head = new UploadHead(root, queue);
const unfinished = new UnfinishedUploads(root, memory, {
  discard: (url, key) => queue.discard(url, key),
  choose: (visibility) => {
    form.querySelector(`input[name="visibility"][value="${visibility}"]`).checked = true;
    input.click();
  },
});

/** Of many that are done within a moment the grid is drawn once. ms */
const SHOW_EVERY = 1500;
let showing = false;
let stale = false;

async function showResults() {
  stale = true;
  if (showing) return;
  showing = true;
  while (stale) {
    stale = false;
    try {
      await refreshResults();
    } catch {
      // The files are safe whether or not the grid can be drawn again just now.
      announce('The list below could not be brought up to date. Reload the page.');
    }
    await new Promise((resolve) => setTimeout(resolve, SHOW_EVERY));
  }
  showing = false;
}

function chosenVisibility() {
  return form.querySelector('input[name="visibility"]:checked').value;
}

acceptDrops(document.querySelector('[data-veil]'), (files) => queue.add(files, chosenVisibility()));
input.multiple = true;
input.required = false;
input.addEventListener('change', () => {
  queue.add(input.files, chosenVisibility());
  input.value = '';
});
choose.addEventListener('click', () => input.click());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  input.click();
});
root.querySelector('[data-clear]').addEventListener('click', () => {
  queue.clearFinished();
  rows.keepOnly(queue.uploads);
  head.draw();
  choose.focus();
});
window.addEventListener('beforeunload', (event) => {
  if (queue.busy) event.preventDefault();
});

for (const element of root.querySelectorAll('[data-with-script]')) element.hidden = false;
for (const element of root.querySelectorAll('[data-without-script]')) element.hidden = true;
unfinished.show();

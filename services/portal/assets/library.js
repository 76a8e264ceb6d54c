// Puts the uploader together: files that are dropped or chosen go into the queue, the queue into rows, and what is done into the grid.
import { announce, meta } from './page.js';
import { refreshResults } from './results.js';
import { UploadQueue } from './upload-queue.js';
import { UploadRows } from './upload-rows.js';

const root = document.querySelector('[data-uploader]');
const form = root.querySelector('[data-upload-form]');
const input = form.querySelector('input[type="file"]');
const choose = form.querySelector('[data-choose]');
const panel = root.querySelector('[data-queue]');
const title = root.querySelector('[data-queue-title]');
const clear = root.querySelector('[data-clear]');
const veil = document.querySelector('[data-veil]');
const states = new Map();

const queue = new UploadQueue({
  csrfToken: meta('csrf-token'),
  maxBytes: Number(root.dataset.maxBytes),
  maxText: root.dataset.maxText,
  onChange: (upload) => {
    rows.draw(upload);
    if (states.get(upload) === upload.state) return;
    states.set(upload, upload.state);
    changed(upload);
  },
});
const rows = new UploadRows(root, {
  cancel: (upload) => queue.cancel(upload),
  retry: (upload) => queue.retry(upload),
});

function changed(upload) {
  const done = queue.uploads.filter((one) => one.state === 'done').length;
  const failed = queue.uploads.filter((one) => one.state === 'failed').length;
  panel.hidden = queue.uploads.length === 0;
  title.textContent = `${done} of ${queue.uploads.length} uploaded`;
  clear.hidden = queue.busy || queue.uploads.length === 0;
  if (upload.state === 'failed') announce(`${upload.file.name}: ${upload.message}`);
  if (upload.state === 'done') {
    announce(queue.busy ? `${upload.file.name} is uploaded.` : summary(done, failed));
    // The file is safe whether or not the grid can be drawn again just now.
    refreshResults().catch(() =>
      announce('The list below could not be brought up to date. Reload the page.'),
    );
  }
}

function summary(done, failed) {
  return failed === 0 ? `All ${done} uploaded.` : `${done} uploaded, ${failed} failed.`;
}

function chosenVisibility() {
  return form.querySelector('input[name="visibility"]:checked').value;
}

/** A folder among what was dropped has no bytes of its own and would fail without a word. */
function droppedFiles(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
  if (folders.length > 0) announce('Folders cannot be uploaded. Drop the files in them.');
  return items
    .filter((item) => !folders.includes(item))
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
}

const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;

document.addEventListener('dragenter', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  veil.hidden = false;
});
document.addEventListener('dragover', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) veil.hidden = true;
});
document.addEventListener('drop', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  veil.hidden = true;
  queue.add(droppedFiles(event.dataTransfer), chosenVisibility());
});

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
clear.addEventListener('click', () => {
  queue.clearFinished();
  rows.keepOnly(queue.uploads);
  panel.hidden = queue.uploads.length === 0;
  choose.focus();
});
window.addEventListener('beforeunload', (event) => {
  if (queue.busy) event.preventDefault();
});

for (const element of root.querySelectorAll('[data-with-script]')) element.hidden = false;
for (const element of root.querySelectorAll('[data-without-script]')) element.hidden = true;

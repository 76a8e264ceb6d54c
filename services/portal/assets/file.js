// A file's own page: the question before a deletion is asked in a dialog; without a script it has a page of its own.
const link = document.querySelector('[data-delete]');
const dialog = document.querySelector('[data-delete-dialog]');

link?.addEventListener('click', (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
});
dialog?.querySelector('[data-close]').addEventListener('click', () => dialog.close());

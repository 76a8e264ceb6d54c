// Files that are dropped anywhere on the page, those in folders too.

const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;

/** @param {HTMLElement} veil shown while files are over the page @param {(files: File[]) => void} take */
export function acceptDrops(veil, take) {
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
  document.addEventListener('drop', async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = true;
    // What was dropped can be asked for during the event only, so nothing is awaited before each is asked.
    const found = [...event.dataTransfer.items]
      .filter((item) => item.kind === 'file')
      .map((item) => {
        const entry = item.webkitGetAsEntry?.();
        return entry?.isDirectory ? filesIn(entry) : [item.getAsFile()];
      });
    take((await Promise.all(found)).flat().filter((file) => file !== null));
  });
}

/** @param {FileSystemDirectoryEntry} directory */
async function filesIn(directory) {
  const reader = directory.createReader();
  const files = [];
  // A reader gives its entries in batches; an empty one is the last.
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return files;
    for (const entry of batch) {
      if (entry.isDirectory) files.push(...(await filesIn(entry)));
      else files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    }
  }
}

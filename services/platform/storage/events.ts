import { opendir, unlink, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { watch } from 'chokidar';
import type { Logger } from '../log.ts';
import { unlessAbsent } from './atomic.ts';
import { isId } from './paths.ts';
import { ageOf, type Volume } from './volume.ts';

/** After this a marker has told all it had to tell: the reconcile has been round. One watch a file is a cost. */
const MARKER_LIFE_MS = 60_000;

/** Tells every portal that something with this id is new or gone. A hint: a marker that is missed loses nothing. */
export async function announce(volume: Volume, id: string): Promise<void> {
  await writeFile(volume.paths.marker(id), '', { mode: 0o640 });
}

export interface WatchOptions {
  volume: Volume;
  log: Logger;
  /** Ask the file system now and then instead of waiting for it to tell: a network file system tells nothing. */
  polling?: boolean;
}

/**
 * Calls `onReady` for each marker that appears or is renewed, on whichever node it was written.
 * @returns what ends the watching
 */
export async function watchEvents(options: WatchOptions, onReady: (id: string) => void) {
  const { volume, log, polling = false } = options;
  const watcher = watch(volume.paths.events, {
    depth: 0,
    ignoreInitial: true,
    usePolling: polling,
    interval: 500,
  });
  const tell = (path: string) => {
    const id = basename(path, '.ready');
    if (isId(id)) onReady(id);
  };
  watcher.on('add', tell).on('change', tell);
  watcher.on('error', (error) =>
    log.error({ err: error }, 'The markers cannot be watched; the reconcile finds what is new, later.'),
  );
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return () => watcher.close();
}

/** Removes the markers that are old, by the volume's clock. @returns how many */
export async function sweepMarkers(volume: Volume, lifeMs = MARKER_LIFE_MS): Promise<number> {
  return sweep(volume, volume.paths.events, lifeMs);
}

/**
 * Removes the files in the making that nobody has written to for so long that whoever made them is dead, or
 * frozen: one that wakes finds its file gone when it renames it, and fails as it should.
 */
export async function sweepTemporary(volume: Volume, lifeMs: number): Promise<number> {
  return sweep(volume, volume.paths.temporary, lifeMs);
}

async function sweep(volume: Volume, directory: string, lifeMs: number): Promise<number> {
  const now = await volume.now();
  let swept = 0;
  for await (const entry of await opendir(directory)) {
    if (!entry.isFile()) continue;
    const path = `${directory}/${entry.name}`;
    const age = await ageOf(path, now);
    if (age === undefined || age < lifeMs) continue;
    await unlessAbsent(unlink(path));
    swept += 1;
  }
  return swept;
}

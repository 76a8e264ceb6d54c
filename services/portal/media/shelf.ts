import { stat } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { unlessAbsent } from '../../platform/storage/atomic.ts';
import { watchEvents } from '../../platform/storage/events.ts';
import type { Sidecars } from '../../platform/storage/sidecars.ts';
import { untilThere, type Volume } from '../../platform/storage/volume.ts';
import { itemFromAnswer, itemOf } from './item.ts';
import { pageOf } from './shelf-page.ts';
import type { MediaItem, MediaPage, MediaQuery } from './types.ts';

/** The library as the volume's sidecars tell it, in memory: what a portal lists while the database is away. */
export interface Shelf {
  /** @throws PorticoError 'database-unavailable' while not every record was looked at yet */
  list(query: MediaQuery): Promise<MediaPage>;
  /** Looks at one record now. */
  refresh(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Is told of every file that comes or goes, also of those for signed-in people alone. */
export interface ShelfListener {
  /** @param item undefined: it is gone */
  set(id: string, item: MediaItem | undefined): void;
  /** Every record was looked at once. */
  whole(): void;
}

export interface ShelfOptions {
  volume: Volume;
  sidecars: Sidecars;
  log: Logger;
  /** See WatchOptions. */
  polling?: boolean;
  /** Milliseconds between two looks at all records; a long look makes its successor wait ten times as long as it took. */
  intervalMs?: number;
  listener?: ShelfListener;
}

const BATCH = 200;
/** Records that are looked at together: each holds a thread of the pool for a moment. */
const TOGETHER = 8;

/** A portal that has just started is waited for so long: ms. */
const FIRST_LOOK_MS = 5000;

interface Known {
  /** Of the file that was read: one that looks the same is not read again. */
  stamp: string;
  /** Undefined for a tombstone, and for what was refused. */
  item: MediaItem | undefined;
}

/** Keeps itself up to date: by the markers at once, by a look at the directory each minute. Never waits to be ready. */
export function openShelf(options: ShelfOptions): Shelf {
  const { volume, sidecars, log, polling = false, intervalMs = 60_000, listener } = options;
  const known = new Map<string, Known>();
  const stop = new AbortController();
  let items: MediaItem[] | undefined;
  const { promise: firstLook, resolve: looked } = Promise.withResolvers<void>();
  let isWhole = false;
  void firstLook.then(() => {
    isWhole = true;
    listener?.whole();
  });

  /** A record is replaced by another file. Its time alone would not tell: the clocks of file systems tick in milliseconds. */
  async function stampOf(id: string): Promise<string | undefined> {
    const found = await unlessAbsent(stat(volume.paths.record(id)));
    return found && `${found.mtimeMs} ${found.ino} ${found.size}`;
  }

  async function refresh(id: string): Promise<void> {
    for (let stamp = await stampOf(id); ; ) {
      if (stamp !== undefined && known.get(id)?.stamp === stamp) return;
      const found = await sidecars.read(id);
      // What was replaced while it was read is read again: a slow look must not bring back what is deleted.
      const now = await stampOf(id);
      if (now !== stamp) {
        stamp = now;
        continue;
      }
      const shown = found.state === 'media' && !found.sidecar.refusedAt;
      const item = shown ? itemFromAnswer(itemOf(found.sidecar)) : undefined;
      items = undefined;
      if (stamp === undefined) known.delete(id);
      else known.set(id, { stamp, item });
      listener?.set(id, stamp === undefined ? undefined : item);
      return;
    }
  }

  async function look(): Promise<void> {
    const seen = new Set<string>();
    for await (const batch of sidecars.batches(BATCH)) {
      for (let at = 0; at < batch.length; at += TOGETHER) {
        if (stop.signal.aborted) return;
        await Promise.all(batch.slice(at, at + TOGETHER).map(refresh));
      }
      for (const id of batch) seen.add(id);
    }
    // Records never vanish by themselves, and one that came meanwhile was not seen: a closer look says which it is.
    for (const id of known.keys()) if (!seen.has(id)) await refresh(id);
    looked();
  }

  const running = (async () => {
    while (!stop.signal.aborted) {
      const began = performance.now();
      try {
        await untilThere(volume, stop.signal);
        await look();
      } catch (error) {
        if (!stop.signal.aborted)
          log.warn({ err: error }, 'the records could not be looked through; later again');
      }
      const pause = Math.max(intervalMs, 10 * (performance.now() - began)) * (0.8 + Math.random() * 0.4);
      await after(pause, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  })();
  const watching = untilThere(volume, stop.signal).then(() =>
    watchEvents({ volume, log, polling }, (id) => {
      refresh(id).catch((error: unknown) => {
        log.warn({ err: error, media: id }, 'a record could not be read; the next look will');
      });
    }),
  );
  watching.catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, 'The markers cannot be watched.');
  });

  return {
    refresh,
    async list(query) {
      if (!isWhole) await Promise.race([firstLook, after(FIRST_LOOK_MS, undefined, { ref: false })]);
      // A part of the library must not be taken for the whole.
      if (!isWhole)
        throw new PorticoError(
          'database-unavailable',
          'The library is still being read. Try again in a moment.',
          {
            retryAfter: 5,
          },
        );
      items ??= [...known.values()].flatMap(({ item }) => item ?? []);
      return pageOf(items, query);
    },
    async close() {
      stop.abort();
      const [end] = await Promise.allSettled([watching]);
      if (end.status === 'fulfilled') await end.value();
      await running;
    },
  };
}

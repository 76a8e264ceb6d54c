import { constants } from 'node:fs';
import { access, mkdir, open, readFile, stat, statfs, unlink } from 'node:fs/promises';
import { setTimeout as after, setImmediate as nextTurn } from 'node:timers/promises';
import { ulid } from 'ulid';
import { PorticoError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isErrno } from './atomic.ts';
import { type VolumePaths, volumeDirectories, volumePaths } from './paths.ts';

export interface VolumeState {
  ok: boolean;
  /** False: what is there can be read, and nothing can be stored. */
  writable: boolean;
  /** A sentence for the operator. */
  reason: string;
  /** Bytes that uploads may still fill before the floor; undefined while it is not known. */
  spare: number | undefined;
}

export interface VolumeOptions {
  root: string;
  /** What `.volume-id` must say; the database and the portal's secrets hold the same. */
  volumeId: string;
  /** Bytes that are left free; see `defaultFloor`. */
  floorBytes?: number;
  log: Logger;
  /** Milliseconds after which a volume that does not answer counts as gone. */
  deadlineMs?: number;
  /** Milliseconds between two looks. */
  intervalMs?: number;
}

export interface Volume {
  paths: VolumePaths;
  /** As it was at the last look. Never waits, so a volume that hangs cannot hang who asks. */
  state(): VolumeState;
  /** @throws PorticoError 'volume-unavailable', or 'insufficient-storage' below the floor */
  requireSpace(): Promise<void>;
  /** Runs an action on the volume; what the file system answers comes out as a term of the domain. */
  guard<T>(action: () => Promise<T>): Promise<T>;
  /** Milliseconds by the volume's own clock, which is the one that stamps its files. */
  now(): Promise<number>;
  close(): Promise<void>;
}

/** Returns after the first look at the volume, whatever that found: one that is away may come back. */
export async function openVolume(options: VolumeOptions): Promise<Volume> {
  const paths = volumePaths(options.root);
  const { log, deadlineMs = 2000, intervalMs = 1000 } = options;
  let state = failed('The volume was not looked at yet.');
  let closed = false;
  const wake = new AbortController();

  const become = (next: VolumeState) => {
    const well = next.ok && next.writable;
    if (well !== (state.ok && state.writable) || (!well && next.reason !== state.reason)) {
      if (well) log.info({ volume: options.root }, next.reason);
      else log.error({ volume: options.root }, next.reason);
    }
    state = next;
  };

  // One look at a time: one that hangs holds a thread of the pool until the file system answers.
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    looking ??= examine(paths, options, state.ok)
      .then(become)
      .finally(() => {
        looking = undefined;
      });
    const deadline = new AbortController();
    const late = async () => {
      await after(deadlineMs, undefined, { signal: deadline.signal, ref: false });
      // A process that was frozen, or busy, finds its timer due and the answer waiting: the answer is looked at first.
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
      if (deadline.signal.aborted) return;
      become(failed(`The volume did not answer within ${deadlineMs} ms.`));
    };
    await Promise.race([looking, late()]).finally(() => deadline.abort());
  };

  /** Who finds the volume away does not wait for the next look to say so. */
  const watched = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await guard(action);
    } catch (error) {
      if (error instanceof PorticoError && error.code === 'volume-unavailable') void look();
      throw error;
    }
  };

  const watch = async () => {
    while (!closed) {
      try {
        await after(intervalMs, undefined, { signal: wake.signal, ref: false });
      } catch {
        return; // closed
      }
      await look();
    }
  };

  await look();
  const watching = watch();

  return {
    paths,
    state: () => state,
    async requireSpace() {
      await look();
      if (!state.ok || !state.writable) throw unavailable(state.reason);
      if (state.spare !== undefined && state.spare <= 0) throw full();
    },
    guard: watched,
    now: () => watched(() => volumeClock(paths)),
    async close() {
      closed = true;
      wake.abort();
      await watching;
    },
  };
}

/** Resolves when the volume is there; rejects when `signal` is aborted. */
export async function untilThere(volume: Volume, signal: AbortSignal): Promise<void> {
  while (!volume.state().ok) await after(250, undefined, { signal, ref: false });
  signal.throwIfAborted();
}

async function examine(paths: VolumePaths, options: VolumeOptions, wasThere: boolean): Promise<VolumeState> {
  try {
    const id = (await readFile(paths.volumeId, 'utf8')).trim();
    if (id !== options.volumeId) {
      return failed(
        `Another volume is mounted: its id is ${id.slice(0, 64) || 'empty'}, expected is ${options.volumeId}.`,
      );
    }
    if (!wasThere) {
      for (const directory of volumeDirectories(paths))
        await mkdir(directory, { recursive: true, mode: 0o750 });
    }
    // A file system that has met an error is often left read-only.
    const writable = await access(paths.root, constants.W_OK).then(
      () => true,
      (error: unknown) => !isErrno(error, 'EROFS'),
    );
    const { bsize, blocks, bavail } = await statfs(paths.root);
    const spare = bavail * bsize - (options.floorBytes ?? defaultFloor(blocks * bsize));
    const reason = !writable
      ? 'The volume is read-only here: nothing can be stored.'
      : spare > 0
        ? 'The volume is there.'
        : 'The volume is there, but too full: uploads are refused until space is made.';
    return { ok: true, writable, reason, spare };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return failed('The volume is not mounted: it has no .volume-id.');
    return failed(`The volume cannot be used: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** 256 MiB, or 2 % of a large volume; of a small one not more than a tenth. */
function defaultFloor(size: number): number {
  return Math.min(Math.max(256 * 1024 * 1024, size * 0.02), size * 0.1);
}

const failed = (reason: string): VolumeState => ({
  ok: false,
  writable: false,
  reason,
  spare: undefined,
});

async function guard<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) throw full(error);
    if (isErrno(error, 'EIO', 'EROFS', 'ESTALE', 'ENOTCONN', 'ENODEV', 'EHOSTDOWN', 'ETIMEDOUT')) {
      throw unavailable('The volume does not take what is written to it.', error);
    }
    throw error;
  }
}

function unavailable(reason: string, cause?: unknown): PorticoError {
  return new PorticoError('volume-unavailable', `Files cannot be stored at the moment. ${reason}`, {
    cause,
    retryAfter: 5,
  });
}

function full(cause?: unknown): PorticoError {
  return new PorticoError('insufficient-storage', 'There is not enough space left for this file.', { cause });
}

/** On a network file system the files bear the server's time, and no portal's clock may be compared with that. */
async function volumeClock(paths: VolumePaths): Promise<number> {
  const path = paths.temp(ulid());
  const handle = await open(path, 'wx', 0o640);
  try {
    return (await handle.stat()).mtimeMs;
  } finally {
    await handle.close();
    await unlink(path);
  }
}

/** Milliseconds since the file was last written, by the volume's clock; undefined when it is gone. */
export async function ageOf(path: string, volumeNow: number): Promise<number | undefined> {
  try {
    return volumeNow - (await stat(path)).mtimeMs;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { ulid } from 'ulid';
import { isErrno, syncDirectory, unlessAbsent } from './atomic.ts';
import { isSha256 } from './paths.ts';
import type { Volume } from './volume.ts';

/**
 * What is done to blobs after they were written: looked through, hashed again, put away, brought back. Nothing here
 * takes a name from a file that it did not look at, and nothing is unlinked but old trash: whoever is frozen in the
 * middle and wakes later has at worst moved a file that the next pass moves back.
 */
export interface BlobFile {
  sha256: string;
  size: number;
  /** Milliseconds since it got its name, by the volume's clock. */
  ageMs: number;
  /** The two tell a file from one that has taken its name since: a rename keeps both, but a new file may get an old inode. */
  inode: number;
  writtenMs: number;
}

export interface HashOptions {
  signal: AbortSignal;
  /** The share of time that hashing may take: others want the disk, too. */
  duty?: number;
}

const names = async (path: string) => ((await unlessAbsent(readdir(path))) ?? []).sort();

/** Every blob whose hash comes after `after`, in the order of their hashes. */
export async function* blobsAfter(volume: Volume, after: string): AsyncGenerator<BlobFile> {
  const { blobs } = volume.paths;
  const now = await volume.now();
  for (const outer of await names(blobs)) {
    if (outer < after.slice(0, 2)) continue;
    for (const inner of await names(join(blobs, outer))) {
      if (outer + inner < after.slice(0, 4)) continue;
      for (const sha256 of await names(join(blobs, outer, inner))) {
        if (!isSha256(sha256) || sha256 <= after) continue;
        const found = await lookAt(volume, sha256, now);
        if (found) yield found;
      }
    }
  }
}

async function lookAt(volume: Volume, sha256: string, now: number): Promise<BlobFile | undefined> {
  const stats = await unlessAbsent(stat(volume.paths.blob(sha256)));
  // A rename keeps the time of the last write, and sets that of the last change.
  return (
    stats && {
      sha256,
      size: stats.size,
      ageMs: now - stats.ctimeMs,
      inode: stats.ino,
      writtenMs: stats.mtimeMs,
    }
  );
}

/** The SHA-256 of a file as it is now, or undefined when it is gone. @throws when `signal` is aborted */
export async function hashFile(path: string, { signal, duty = 1 }: HashOptions): Promise<string | undefined> {
  const hash = createHash('sha256');
  let began = performance.now();
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
      hash.update(chunk as Buffer);
      if (duty < 1) {
        const took = performance.now() - began;
        await after(took * (1 / duty - 1), undefined, { signal });
        began = performance.now();
      }
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

/** @returns the name under which it lies in `quarantine/`; undefined when another file has its name by now */
export async function quarantine(volume: Volume, blob: BlobFile): Promise<string | undefined> {
  const name = `${blob.sha256}-${ulid()}`;
  const target = join(volume.paths.quarantine, name);
  return (await putAway(volume, blob, volume.paths.quarantine, target)) ? name : undefined;
}

/** Into `trash/<day>/`. @returns false when another file has its name by now */
export async function trash(volume: Volume, blob: BlobFile): Promise<boolean> {
  const day = new Date(await volume.now()).toISOString().slice(0, 10);
  const directory = join(volume.paths.trash, day);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  await syncDirectory(volume.paths.trash);
  return putAway(volume, blob, directory, join(directory, blob.sha256));
}

async function putAway(volume: Volume, blob: BlobFile, directory: string, target: string): Promise<boolean> {
  const path = volume.paths.blob(blob.sha256);
  try {
    await rename(path, target);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  const moved = await stat(target);
  if (moved.ino !== blob.inode || moved.mtimeMs !== blob.writtenMs) {
    // An upload has put its own copy there since: that one goes back, unless there is yet another.
    await giveName(target, path);
    await unlink(target);
    await syncDirectory(volume.paths.blobDirectories(blob.sha256).inner);
    return false;
  }
  await syncDirectory(directory);
  await syncDirectory(volume.paths.blobDirectories(blob.sha256).inner);
  return true;
}

/** A link never takes a name from a file that has it. @returns false when one has */
async function giveName(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

export interface Trashed {
  sha256: string;
  path: string;
  /** `2026-11-21` */
  day: string;
}

export async function* trashed(volume: Volume): AsyncGenerator<Trashed> {
  for (const day of await names(volume.paths.trash)) {
    if (!/^\d{4}-\d\d-\d\d$/.test(day)) continue;
    for (const sha256 of await names(join(volume.paths.trash, day))) {
      if (isSha256(sha256)) yield { sha256, day, path: join(volume.paths.trash, day, sha256) };
    }
  }
}

export async function isTrashed(volume: Volume, sha256: string): Promise<boolean> {
  for (const day of await names(volume.paths.trash)) {
    if ((await unlessAbsent(stat(join(volume.paths.trash, day, sha256)))) !== undefined) return true;
  }
  return false;
}

/** Puts a copy from the trash under its name again, if its bytes are the right ones. @returns whether it is there now */
export async function restore(volume: Volume, sha256: string, options: HashOptions): Promise<boolean> {
  for await (const one of trashed(volume)) {
    if (one.sha256 !== sha256 || (await hashFile(one.path, options)) !== sha256) continue;
    const { outer, inner } = volume.paths.blobDirectories(sha256);
    await mkdir(inner, { recursive: true, mode: 0o750 });
    await giveName(one.path, volume.paths.blob(sha256));
    for (const directory of [inner, outer, volume.paths.blobs]) await syncDirectory(directory);
    return true;
  }
  return false;
}

/** The end of a file in the trash. */
export async function discard({ path }: Trashed): Promise<void> {
  await unlessAbsent(unlink(path));
}

export async function removeEmptyDays(volume: Volume): Promise<void> {
  for (const day of await names(volume.paths.trash)) {
    await rmdir(join(volume.paths.trash, day)).catch((error: unknown) => {
      if (!isErrno(error, 'ENOTEMPTY', 'ENOTDIR', 'ENOENT')) throw error;
    });
  }
}

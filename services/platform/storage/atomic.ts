import { link, open, rename, unlink } from 'node:fs/promises';

/** True when `error` is a file system's answer with this code. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  );
}

/** What `promise` gives, or undefined when there is no such file. */
export async function unlessAbsent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** A rename or link is durable only once its directory is. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file whose bytes are on the disk when this returns. It has no durable name yet. */
export async function writeSynced(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', 0o640);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts `temp` in the place of whatever has the name now, durably. Readers see the old or the new, never a part. */
export async function replaceWith(temp: string, path: string, directory: string): Promise<void> {
  await rename(temp, path);
  await syncDirectory(directory);
}

/**
 * Gives `temp` the name only if nobody has it, durably.
 * A rename would take the name from whoever came first; a link cannot, whenever a frozen process gets to it.
 * @returns false when the name was taken; `temp` is gone either way
 */
export async function publishOnce(temp: string, path: string, directory: string): Promise<boolean> {
  try {
    await link(temp, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    return false;
  } finally {
    await unlessAbsent(unlink(temp));
  }
  await syncDirectory(directory);
  return true;
}

/** What befalls a volume over the years, and the surroundings of a job's run. */
import { createHash } from 'node:crypto';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Fence, JobContext } from '../../agent/types.ts';
import { quiet } from '../../platform/storage/test-volume.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import type { TestMedia } from './test-media.ts';
import type { MediaItem } from './types.ts';

/** A fence that holds. @param meanwhile what others do while the job stands before its next effect, once */
export function freeFence(meanwhile?: () => Promise<unknown>): Fence {
  let pending = meanwhile;
  return {
    token: 1,
    async check() {
      const now = pending;
      pending = undefined;
      await now?.();
    },
    guard: async () => {},
  };
}

export const run = (fence = freeFence()): JobContext => ({
  fence,
  signal: new AbortController().signal,
  log: quiet,
  progress: () => {},
});

/** As if the file had been written an hour ago. */
export async function aged(path: string): Promise<void> {
  const then = new Date(Date.now() - 3_600_000);
  await utimes(path, then, then);
}

/** Changes the first byte, and neither size, name nor inode: what a disk does. */
export async function rot(volume: Volume, sha256: string) {
  const path = volume.paths.blob(sha256);
  const bytes = await readFile(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await writeFile(path, bytes, { flag: 'r+' });
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    read: (name: string) => readFile(join(volume.paths.quarantine, name), 'utf8'),
  };
}

export const served = (media: TestMedia, item: MediaItem): Promise<string> => text(media.service.open(item));

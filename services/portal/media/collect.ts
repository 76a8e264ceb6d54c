import type { Fence } from '../../agent/types.ts';
import type { Logger } from '../../platform/log.ts';
import {
  type BlobFile,
  blobsAfter,
  discard,
  hashFile,
  removeEmptyDays,
  restore,
  trash,
  trashed,
} from '../../platform/storage/blob-keeping.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { planCollect } from './collect-plan.ts';
import type { MediaParts } from './service.ts';

export interface CollectParts {
  volume: Volume;
  media: Pick<MediaParts, 'sidecars' | 'register'>;
  /** Blobs that others than media name: drafts of APIs, generations. @throws when it cannot be known */
  namedElsewhere: () => Promise<Iterable<string>>;
  /** Blobs whose end was wanted elsewhere: of generations that were forgotten. */
  buriedElsewhere: () => Promise<Iterable<string>>;
  log: Logger;
  fence: Fence;
  signal: AbortSignal;
}

/** Older than any upload that is on its way from its bytes to its row: ms. */
export const COLLECT_AFTER_MS = 3_600_000;
/** As long as a mistake can be undone: days. */
export const TRASH_DAYS = 7;
const BATCH = 200;
/** What one run moves; the rest waits for the next. */
const MAX_MOVES = 10_000;

interface References {
  /** Named by a sidecar or a row. */
  live: Set<string>;
  /** Named by a tombstone, or by a forgotten generation: its end was wanted. */
  buried: Set<string>;
}

async function references(parts: CollectParts): Promise<References> {
  const { media, signal } = parts;
  const live = new Set(await parts.namedElsewhere());
  const buried = new Set(await parts.buriedElsewhere());
  for await (const batch of media.sidecars.batches(BATCH)) {
    signal.throwIfAborted();
    for (const id of batch) {
      const found = await media.sidecars.read(id);
      // A record that cannot be read may name anything.
      if (found.state === 'damaged')
        throw new Error(`The record of ${id} cannot be read, so nothing is collected.`);
      if (found.state === 'media') live.add(found.sidecar.sha256);
      if (found.state === 'tombstone') buried.add(found.tombstone.sha256);
    }
  }
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const page = await media.register.page(after, BATCH);
    for (const { sha256 } of page) live.add(sha256);
    const last = page.at(-1);
    if (!last || page.length < BATCH) return { live, buried };
    after = last.id;
  }
}

/** Moves the blobs that nothing names any more into the trash. @returns how many @throws Error when that is implausible */
export async function collect(parts: CollectParts, olderThanMs = COLLECT_AFTER_MS): Promise<number> {
  const { volume, log, fence, signal } = parts;
  const state = volume.state();
  if (!state.ok) throw new Error(`Nothing is collected: ${state.reason}`);
  const { live, buried } = await references(parts);
  const unnamed: BlobFile[] = [];
  let blobs = 0;
  for await (const blob of blobsAfter(volume, '')) {
    signal.throwIfAborted();
    blobs += 1;
    if (!live.has(blob.sha256) && blob.ageMs >= olderThanMs && unnamed.length < MAX_MOVES) unnamed.push(blob);
  }
  const unexplained = unnamed.filter(({ sha256 }) => !buried.has(sha256)).length;
  const brake = planCollect({ blobs, unnamed: unnamed.length, unexplained });
  if (brake !== undefined) throw new Error(brake);
  const moved: BlobFile[] = [];
  for (const blob of unnamed) {
    signal.throwIfAborted();
    await fence.check();
    if (!(await trash(volume, blob))) continue;
    moved.push(blob);
    log.info(
      { sha256: blob.sha256, bytes: blob.size },
      'nothing names this blob any more: moved to the trash',
    );
  }
  return moved.length - (await bringBack(parts, moved));
}

/** Who was frozen before a move knows the names of long ago. What is named by now goes back at once, also by a former primary. */
async function bringBack(parts: CollectParts, moved: readonly BlobFile[]): Promise<number> {
  if (moved.length === 0) return 0;
  const { live } = await references(parts);
  let back = 0;
  for (const { sha256 } of moved) {
    if (live.has(sha256) && (await restore(parts.volume, sha256, parts))) back += 1;
  }
  return back;
}

/** Unlinks what has lain in the trash for days, except what is named again: that is brought back. */
export async function emptyTrash(
  parts: CollectParts,
  days = TRASH_DAYS,
): Promise<{ removed: number; restored: number }> {
  const { volume, log, fence, signal } = parts;
  const state = volume.state();
  if (!state.ok) throw new Error(`Nothing is emptied: ${state.reason}`);
  const before = new Date((await volume.now()) - days * 86_400_000).toISOString().slice(0, 10);
  const { live } = await references(parts);
  const result = { removed: 0, restored: 0 };
  for await (const one of trashed(volume)) {
    signal.throwIfAborted();
    await fence.check();
    if (live.has(one.sha256)) {
      // It may be the last good copy, so it goes only when the one in its place was looked at, too.
      const inPlace = await hashFile(volume.paths.blob(one.sha256), { signal });
      if (inPlace === one.sha256) await discard(one);
      else if (inPlace !== undefined)
        log.error({ sha256: one.sha256 }, 'A blob is rotten; its copy in the trash is kept to heal it.');
      else if (await restore(volume, one.sha256, { signal })) result.restored += 1;
      else log.error({ sha256: one.sha256 }, 'A blob in the trash is named again, and its bytes are wrong.');
    } else if (one.day < before) {
      await discard(one);
      result.removed += 1;
    }
  }
  await removeEmptyDays(volume);
  return result;
}

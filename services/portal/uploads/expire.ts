import type { Transaction } from '../../platform/database/types.ts';
import { type FinishParts, finishUpload } from './finish.ts';
import { oldDirectories, removeParts } from './parts.ts';
import { deleteExpired, expiredIds, findUpload, fullUploads } from './repository.ts';

/** A directory without a row is left by a creation that failed, or by an end that died half-way: ms. */
const ORPHAN_MS = 3_600_000;

const BATCH = 100;

/** What bounds the work: `guard` fails the transaction of one who may no longer do it. */
export interface Bounds {
  guard(tx: Transaction): Promise<void>;
  signal: AbortSignal;
}

/** Finishes the uploads whose client has sent its last byte and whose portal died before it was an item. @returns how many */
export async function finishStalled(parts: FinishParts, { guard, signal }: Bounds): Promise<number> {
  let finished = 0;
  const full = await parts.database.read((reader) => fullUploads(reader, BATCH));
  for (const row of full) {
    if (signal.aborted) break;
    // Doing it beside a portal that is at it harms nothing: it still makes one item.
    if ((await finishUpload(parts, row, guard)).state === 'finished') finished += 1;
  }
  return finished;
}

/** Removes what nobody has gone on with, rows first: what a directory without a row holds is nobody's. @returns how many */
export async function expireUploads(parts: FinishParts, { guard, signal }: Bounds): Promise<number> {
  const { database, volume } = parts;
  let expired = 0;
  for (;;) {
    const ids = await database.read((reader) => expiredIds(reader, BATCH));
    let went = 0;
    for (const id of ids) {
      if (signal.aborted) return expired;
      const gone = await database.write(async (tx) => {
        await guard(tx);
        return deleteExpired(tx, id);
      });
      if (!gone) continue;
      went += 1;
      await removeParts(volume, id);
    }
    expired += went;
    if (went < BATCH) break;
  }
  for await (const id of oldDirectories(volume, ORPHAN_MS)) {
    if (signal.aborted) break;
    const row = await database.read((reader) => findUpload(reader, id));
    if (row?.state !== 'open') await removeParts(volume, id);
  }
  return expired;
}

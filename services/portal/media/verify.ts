import type { Fence } from '../../agent/types.ts';
import type { Database } from '../../platform/database/types.ts';
import type { Logger } from '../../platform/log.ts';
import { type BlobFile, blobsAfter, hashFile, quarantine } from '../../platform/storage/blob-keeping.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { blobFindings, clearFinding, noteFinding } from './findings.ts';

/** What one run looks at: it goes on after the last blob of the run before. */
export interface Slice {
  bytes: number;
  ms: number;
}
export const defaultSlice: Slice = { bytes: 2 ** 30, ms: 60_000 };
/** Whoever reads files has the disk for himself most of the time. */
const DUTY = 0.3;
const CURSOR = 'verify-blobs.cursor';

export interface VerifyParts {
  database: Database;
  volume: Volume;
  log: Logger;
  fence: Fence;
  signal: AbortSignal;
  slice?: Slice;
}

export interface Verified {
  blobs: number;
  bytes: number;
  rotten: string[];
  healed: number;
  /** It came to the last blob, and begins with the first again. */
  round: boolean;
}

/** Hashes a slice of the blobs again, and puts away each whose bytes are not those of its name. */
export async function verifySlice(parts: VerifyParts): Promise<Verified> {
  const { database, volume, signal, slice = defaultSlice } = parts;
  const state = volume.state();
  if (!state.ok) throw new Error(`Nothing is verified: ${state.reason}`);
  const result: Verified = { blobs: 0, bytes: 0, rotten: [], healed: await clearHealed(parts), round: true };
  const began = performance.now();
  let cursor = await readCursor(database);
  for await (const blob of blobsAfter(volume, cursor)) {
    if (signal.aborted) throw signal.reason;
    if (!(await isWhole(parts, blob))) {
      if (await putAway(parts, blob)) result.rotten.push(blob.sha256);
    }
    result.blobs += 1;
    result.bytes += blob.size;
    cursor = blob.sha256;
    if (result.bytes >= slice.bytes || performance.now() - began >= slice.ms) {
      result.round = false;
      break;
    }
  }
  await writeCursor(parts, result.round ? '' : cursor);
  return result;
}

/** Twice, because memory and cables err as well; a file that is gone by now was put away by whoever moved it. */
async function isWhole({ volume, signal }: VerifyParts, { sha256 }: BlobFile): Promise<boolean> {
  const path = volume.paths.blob(sha256);
  const first = await hashFile(path, { signal, duty: DUTY });
  if (first === undefined || first === sha256) return true;
  const second = await hashFile(path, { signal, duty: DUTY });
  return second === undefined || second === sha256;
}

/** First out of the way, so that nobody is served the wrong bytes; then noted. In between the reconcile finds it missing. */
async function putAway({ database, volume, log, fence }: VerifyParts, blob: BlobFile): Promise<boolean> {
  await fence.check();
  const keptAs = await quarantine(volume, blob);
  if (keptAs === undefined) return false; // an upload has brought a copy of its own meanwhile
  log.error(
    { sha256: blob.sha256, quarantine: keptAs },
    'A blob’s bytes are not those of its name. It was put into quarantine; uploading the same file again heals it.',
  );
  await database.write(async (tx) => {
    await fence.guard(tx);
    await noteFinding(tx, { sha256: blob.sha256, kind: 'rotten', keptAs });
  });
  return true;
}

/** What was found before and is whole now: somebody brought it back. */
async function clearHealed({ database, volume, fence, signal }: VerifyParts): Promise<number> {
  const { findings } = await database.read((reader) => blobFindings(reader));
  let healed = 0;
  for (const { sha256 } of findings) {
    if ((await hashFile(volume.paths.blob(sha256), { signal })) !== sha256) continue;
    await database.write(async (tx) => {
      await fence.guard(tx);
      await clearFinding(tx, sha256);
    });
    healed += 1;
  }
  return healed;
}

async function readCursor(database: Database): Promise<string> {
  const [row] = await database.read((reader) =>
    reader.query<{ value: string }>('SELECT value FROM cluster_settings WHERE name = ?', [CURSOR]),
  );
  return row?.value ?? '';
}

async function writeCursor({ database, fence }: VerifyParts, cursor: string): Promise<void> {
  await database.write(async (tx) => {
    await fence.guard(tx);
    await tx.execute(
      'INSERT INTO cluster_settings (name, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value)',
      [CURSOR, cursor],
    );
  });
}

import type { Database, Transaction } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { RECORD_VERSION } from '../../platform/storage/records.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { detectType } from '../media/media-type.ts';
import type { MediaParts } from '../media/service.ts';
import { readParts, removeParts } from './parts.ts';
import { closeUpload, findUpload, partsOf } from './repository.ts';
import type { UploadRow } from './types.ts';

export interface FinishParts {
  database: Database;
  volume: Volume;
  media: Pick<MediaParts, 'blobs' | 'writePath' | 'sidecars'>;
  log: Logger;
}

/**
 * Makes the item of an upload that is full: a new file is written from its parts, hashed, and kept as any other upload
 * is, under the ids that the row has had since its creation. So it may be done by anybody, by two at once, and again
 * from the start: it still makes one item. One that was deleted meanwhile stays deleted.
 * @param guard called first in the transaction that ends the upload
 * @returns the row afterwards, `finished` or `failed`
 * @throws PorticoError 'database-unavailable', 'volume-unavailable', 'insufficient-storage': may pass, try again
 */
export async function finishUpload(
  parts: FinishParts,
  row: UploadRow,
  guard: (tx: Transaction) => Promise<void> = async () => {},
): Promise<UploadRow> {
  const { database, volume, log } = parts;
  const end = await keep(parts, row);
  await database.write(async (tx) => {
    await guard(tx);
    await closeUpload(tx, row.id, end);
  });
  await removeParts(volume, row.id).catch((error: unknown) => {
    log.warn({ err: error, upload: row.id }, "An upload's parts could not be removed yet; an agent will.");
  });
  return (await database.read((reader) => findUpload(reader, row.id))) ?? { ...row, ...end };
}

type End = Parameters<typeof closeUpload>[2];

async function keep({ database, volume, media, log }: FinishParts, row: UploadRow): Promise<End> {
  const { id, size = 0 } = row;
  const pieces = await database.read((reader) => partsOf(reader, id));
  // Somebody else may have been faster, and have removed the parts.
  const found = await media.sidecars.read(id);
  if (found.state === 'tombstone') return { state: 'failed', reason: 'the file was deleted' };
  try {
    const staged = await media.blobs.stage(readParts(volume, id, pieces, size), { maxBytes: size });
    try {
      const { name, operationId, visibility, createdBy } = row;
      const { sha256, head } = staged;
      const mediaType = await detectType(head, name);
      const createdAt = new Date().toISOString();
      const item = { id, operationId, name, mediaType, size, sha256, visibility, createdBy, createdAt };
      await media.writePath.keep(staged, { v: RECORD_VERSION, kind: 'media', ...item }, { again: true });
      return { state: 'finished', sha256 };
    } finally {
      await staged.discard();
    }
  } catch (error) {
    const now = await database.read((reader) => findUpload(reader, id));
    if (now?.state === 'finished' && now.sha256) return { state: 'finished', sha256: now.sha256 };
    if (!(error instanceof PorticoError) || error.code !== 'conflict') throw error;
    log.error({ err: error, upload: id }, 'An upload cannot become a file any more.');
    return { state: 'failed', reason: 'it was given up before it was finished' };
  }
}

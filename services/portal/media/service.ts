import { ulid } from 'ulid';
import { claimOf } from '../../platform/database/idempotency.ts';
import type { Database, IdempotencyKey, Reader } from '../../platform/database/types.ts';
import { orWithout } from '../../platform/database/without.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { announce } from '../../platform/storage/events.ts';
import { blobPath, isId } from '../../platform/storage/paths.ts';
import { bury, RECORD_VERSION, type Sidecar } from '../../platform/storage/records.ts';
import { createSidecars } from '../../platform/storage/sidecars.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { createVolumeBlobStore } from '../../platform/storage/volume-blob-store.ts';
import { itemFromAnswer, itemOf } from './item.ts';
import { detectType } from './media-type.ts';
import { cleanName } from './names.ts';
import { createMediaRegister } from './register.ts';
import { findMedia } from './repository.ts';
import type { Shelf } from './shelf.ts';
import type { MediaItem, MediaService, Upload } from './types.ts';
import { createWritePath, type WritePath, type WritePathParts } from './write-path.ts';

/** What the media service, the reconcile and the inbox stand on together. */
export interface MediaParts extends WritePathParts {
  writePath: WritePath;
  maxUploadBytes: number;
}

export interface MediaOptions {
  database: Database;
  volume: Volume;
  log: Logger;
  maxUploadBytes: number;
  /** Called between the steps of the write path, so that a test can end the process there. */
  onStep?: (step: string) => void;
}

export function mediaParts(options: MediaOptions): MediaParts {
  const { database, volume, log, maxUploadBytes, onStep } = options;
  const parts: WritePathParts = {
    blobs: createVolumeBlobStore(volume, onStep),
    sidecars: createSidecars(volume, onStep),
    register: createMediaRegister(database),
    announce: (id) => announce(volume, id),
    log,
    ...(onStep && { onStep }),
  };
  return { ...parts, writePath: createWritePath(parts), maxUploadBytes };
}

export function createMediaService(options: MediaOptions): MediaService {
  return mediaService(mediaParts(options), options.database);
}

/** @param shelf what is listed while the database is away */
export function mediaService(
  parts: MediaParts,
  database: Database,
  shelf?: Pick<Shelf, 'list'>,
): MediaService {
  const { blobs, sidecars, register, writePath, maxUploadBytes, log, onStep = () => {} } = parts;

  async function upload({ content, name, visibility, createdBy, idempotency }: Upload) {
    const staged = await blobs.stage(content, { maxBytes: maxUploadBytes });
    onStep('staged');
    try {
      const { sha256, size, head } = staged;
      const clean = cleanName(name);
      const claim = claimOf(idempotency, 'POST /api/v1/media', sha256, clean, visibility);
      const earlier = claim && (await register.answered(claim));
      if (earlier) return { item: earlier, replayed: true };
      return await writePath.keep(staged, {
        v: RECORD_VERSION,
        kind: 'media',
        id: ulid(),
        operationId: ulid(),
        name: clean,
        mediaType: await detectType(head, clean),
        size,
        sha256,
        visibility,
        createdBy,
        createdAt: new Date().toISOString(),
        ...(claim && { idempotency: claim }),
      });
    } finally {
      await staged.discard().catch((error: unknown) => {
        log.warn({ err: error }, 'A temporary file could not be removed yet; the reconcile will.');
      });
    }
  }

  /**
   * The item's facts never change, so either record may answer. The sidecar does: it asks no database, so a file is
   * served while there is none, and a tombstone hides its file everywhere from the moment it is written.
   */
  async function get(id: string): Promise<MediaItem> {
    if (!isId(id)) throw unknown();
    const found = await sidecars.read(id);
    if (found.state === 'tombstone') throw unknown();
    if (found.state === 'media' && !found.sidecar.refusedAt) return itemFromAnswer(itemOf(found.sidecar));
    const stored = await register.find(id);
    if (!stored) throw unknown();
    return stored.item;
  }

  /**
   * The tombstone is written inside the row's transaction, after the key was taken: a key that belongs to another request
   * buries nothing. It is there before the row goes and stays when the commit fails; then the next try, or the
   * reconcile, takes the row away.
   */
  async function remove(id: string, by: string, idempotency?: IdempotencyKey) {
    const claim = claimOf(idempotency, `DELETE /api/v1/media/${id}`);
    const { replayed } = await register.remove(id, { claim, before: (tx) => buryOnce(tx, id, by) });
    onStep('row-deleted');
    if (replayed) return { replayed };
    await parts.announce(id).catch((error: unknown) => {
      log.warn(
        { err: error, media: id },
        'The other portals could not be told of a deletion; they look by themselves.',
      );
    });
    return { replayed };
  }

  async function buryOnce(reader: Reader, id: string, by: string): Promise<void> {
    if (!isId(id)) throw unknown();
    const found = await sidecars.read(id);
    if (found.state === 'tombstone') return;
    const sidecar =
      found.state === 'media' && !found.sidecar.refusedAt ? found.sidecar : await rowAsSidecar(reader, id);
    await sidecars.bury(bury(sidecar, by, 'deleted'));
    onStep('buried');
  }

  async function rowAsSidecar(reader: Reader, id: string): Promise<Sidecar> {
    const stored = await findMedia(reader, id);
    if (!stored) throw unknown();
    return sidecarOf(stored.item, stored.operationId);
  }

  return {
    upload,
    list: (query) =>
      shelf
        ? orWithout(
            database,
            () => register.list(query),
            () => shelf.list(query),
          )
        : register.list(query),
    get,
    remove,
    async lost(items) {
      const sizes = await Promise.all(items.map(({ sha256 }) => blobs.size(sha256)));
      return new Set(items.filter((_item, i) => sizes[i] === undefined).map(({ id }) => id));
    },
    blobPath: (item) => blobPath(item.sha256),
    open: (item, range) => blobs.open(item.sha256, range),
  };
}

/** The sidecar of a row that has none. */
export function sidecarOf(item: MediaItem, operationId: string): Sidecar {
  return { v: RECORD_VERSION, kind: 'media', operationId, ...item, createdAt: item.createdAt.toISOString() };
}

function unknown(): PorticoError {
  return new PorticoError('not-found', 'There is no such file, or it was deleted.');
}

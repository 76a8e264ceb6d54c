import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import { ulid } from 'ulid';
import { answerOnce, claimOf, earlierAnswer } from '../../platform/database/idempotency.ts';
import type { Database, IdempotencyClaim } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import { announcement, newUploadOf } from './creation.ts';
import type { FinishParts } from './finish.ts';
import { finishUpload } from './finish.ts';
import type { Hold, Holds } from './holds.ts';
import { removeParts } from './parts.ts';
import { Progress } from './progress.ts';
import {
  declareSize,
  deleteUpload,
  findUpload,
  insertUpload,
  LIFE_HOURS,
  openUploads,
} from './repository.ts';
import { currentRequest, type UploadRequest } from './request.ts';
import { isFull, type UploadRow } from './types.ts';

/** Uploads that one person or program may have open at once. */
const MAX_OPEN = 1000;
const LIFE_MS = LIFE_HOURS * 3_600_000;

/** tus's store over the shared volume and the database: any portal goes on where another was stopped. */
export class UploadStore extends DataStore {
  override extensions = [
    'creation',
    'creation-with-upload',
    'creation-defer-length',
    'termination',
    'expiration',
    'checksum',
  ];
  readonly #parts: FinishParts;
  readonly #database: Database;
  readonly #holds: Holds;

  constructor(parts: FinishParts, holds: Holds) {
    super();
    this.#parts = parts;
    this.#database = parts.database;
    this.#holds = holds;
  }

  /** The row as this request may see it. @throws PorticoError 'not-found', 'gone', 'upload-failed' */
  async see(id: string): Promise<UploadRow> {
    const row = await this.#database.read((reader) => findUpload(reader, id));
    if (!row || row.owner !== currentRequest().owner)
      throw new PorticoError('not-found', 'There is no such upload, or it has expired.');
    if (row.state === 'open' && row.leftMs < 0)
      throw new PorticoError('gone', 'The upload has expired. Begin again from the first byte.');
    if (row.state === 'failed')
      throw new PorticoError('gone', `The upload has come to nothing: ${row.reason}. Begin again.`);
    return row;
  }

  override async create(upload: Upload): Promise<Upload> {
    const request = currentRequest();
    const wanted = newUploadOf(upload, request, ulid());
    const holder = request.hasBody ? this.#holds.newHolder() : undefined;
    await this.#parts.volume.requireSpace();
    const { answer, replayed } = await answerOnce(
      this.#database,
      announcement(wanted, request),
      async (tx) => {
        if ((await openUploads(tx, request.owner)) >= MAX_OPEN)
          throw new PorticoError(
            'throttled',
            `You have ${MAX_OPEN} uploads open. Finish some, or end them with DELETE.`,
            { retryAfter: 60 },
          );
        await insertUpload(tx, wanted, holder);
        return { status: 201, body: { id: upload.id } };
      },
    );
    request.replayed = replayed;
    upload.id = answer.body.id;
    if (holder !== undefined && !replayed) this.#holds.adopt(upload.id, request.cancel);
    upload.creation_date = new Date().toISOString();
    // With a date @tus/server asks when the upload expires; one that has gone since its creation cannot say.
    if (replayed && !(await this.#database.read((reader) => findUpload(reader, upload.id))))
      upload.creation_date = undefined;
    return upload;
  }

  /** A request with the same key has ended this upload. @throws PorticoError 'idempotency-mismatch' */
  async ended(request: UploadRequest): Promise<boolean> {
    const claim = endingOf(request);
    if (!claim) return false;
    return (await this.#database.read((reader) => earlierAnswer(reader, claim))) !== undefined;
  }

  /** @throws what `see` throws */
  override async getUpload(id: string): Promise<Upload> {
    let row = await this.see(id);
    const hold = this.#holds.current(id);
    if (hold && row.state === 'open' && isFull(row)) row = await finishUpload(this.#parts, row);
    return new Upload({
      id,
      offset: row.received,
      metadata: row.metadata,
      // @tus/server counts from a creation, and by its own clock; what is left is counted by the database's.
      creation_date: new Date(Date.now() + row.leftMs - LIFE_MS).toISOString(),
      ...(row.size !== undefined && { size: row.size }),
    });
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    if (size === 0) throw new PorticoError('empty-file', 'The file is empty.');
    const { token } = this.#held(id);
    if (await this.#database.write((tx) => declareSize(tx, id, token, size))) return;
    throw new PorticoError('conflict', 'The length of this upload was declared before.');
  }

  /** @returns how far what is acknowledged reaches now, also when the request ended early */
  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    const hold = this.#held(id);
    const { checksum, cancel } = currentRequest();
    const row = await this.see(id);
    if (row.received !== offset) throw wrongOffset(row.received);
    if (isFull(row)) return offset;
    const progress = new Progress({ ...this.#parts, hold, offset, checksum, cancel });
    const received = await progress.receive(stream);
    if (received !== row.size) return received;
    await finishUpload(this.#parts, { ...row, received }).then(({ state, reason }) => {
      if (state === 'failed') throw new PorticoError('gone', `The upload has come to nothing: ${reason}.`);
    });
    return received;
  }

  override async remove(id: string): Promise<void> {
    const row = await this.see(id);
    if (row.state !== 'open')
      throw new PorticoError(
        'forbidden',
        'The upload is finished: it is a file of the library now. Delete that, if you mean it.',
      );
    const request = currentRequest();
    const { replayed } = await answerOnce(this.#database, endingOf(request), async (tx) => {
      await deleteUpload(tx, id);
      return { status: 204, body: null };
    });
    request.replayed = replayed;
    await removeParts(this.#parts.volume, id);
  }

  override getExpiration(): number {
    return LIFE_MS;
  }

  #held(id: string): Hold {
    const hold = this.#holds.current(id);
    if (!hold)
      throw new PorticoError('locked', 'Another request has taken this upload over.', { retryAfter: 1 });
    return hold;
  }
}

function endingOf({ id, idempotency }: UploadRequest): IdempotencyClaim | undefined {
  return claimOf(idempotency, `DELETE /api/v1/uploads/${id}`);
}

function wrongOffset(received: number): PorticoError {
  return new PorticoError('wrong-offset', `The next byte of this upload is ${received}.`);
}

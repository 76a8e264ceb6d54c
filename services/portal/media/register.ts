import { answerOnce, earlierAnswer } from '../../platform/database/idempotency.ts';
import { isDuplicate } from '../../platform/database/outcome.ts';
import type { Database, IdempotencyClaim, Transaction } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Sidecar } from '../../platform/storage/records.ts';
import { clearFinding } from './findings.ts';
import { type ItemAnswer, itemFromAnswer, itemOf } from './item.ts';
import { parseQuery } from './paging.ts';
import {
  deleteMedia,
  findMedia,
  insertMedia,
  knownIds,
  listMedia,
  pageById,
  type StoredMedia,
} from './repository.ts';
import type { MediaItem, MediaPage, MediaQuery } from './types.ts';

/** The database's record of media: what the write path and the reconcile ask of it. */
export interface MediaRegister {
  /**
   * Makes the sidecar's row, with its own id and operation id and the client's Idempotency-Key, in one
   * transaction; a row that is there already, whoever made it, is as good.
   * @returns the item that the key belongs to: another one when an earlier request had it (`replayed`)
   * @throws PorticoError 'conflict' when the operation was forbidden, 'idempotency-mismatch', 'database-unavailable'
   */
  add(
    sidecar: Sidecar,
    options?: { freshOperation?: boolean },
  ): Promise<{ item: MediaItem; replayed: boolean }>;
  /** The item that an earlier request with this key made. @throws PorticoError 'idempotency-mismatch' */
  answered(claim: IdempotencyClaim): Promise<MediaItem | undefined>;
  /** From now on `add` with this operation id fails, wherever it is under way, unless it was done before. */
  forbid(operationId: string): Promise<void>;
  find(id: string): Promise<StoredMedia | undefined>;
  known(ids: readonly string[]): Promise<Set<string>>;
  page(after: string, limit: number): Promise<{ id: string; sha256: string; name: string }[]>;
  /**
   * The row goes; one that is not there is as good as gone.
   * @param options.before comes first in the transaction, which may run again: once the key is this request's
   * @throws whatever `before` throws; PorticoError 'idempotency-mismatch', 'database-unavailable'
   */
  remove(
    id: string,
    options?: { claim?: IdempotencyClaim | undefined; before?: (tx: Transaction) => Promise<void> },
  ): Promise<{ replayed: boolean }>;
  list(query: MediaQuery): Promise<MediaPage>;
}

const ANSWER_STATUS = 201;

export function createMediaRegister(database: Database): MediaRegister {
  const find = (id: string) => database.read((reader) => findMedia(reader, id), { impatient: true });

  return {
    find,
    async add(sidecar, { freshOperation = false } = {}) {
      try {
        const { answer, replayed } = await answerOnce<ItemAnswer>(
          database,
          sidecar.idempotency,
          async (tx) => {
            await insertMedia(tx, sidecar);
            // The bytes were put under their name a moment ago, and they are the right ones.
            await clearFinding(tx, sidecar.sha256);
            return { status: ANSWER_STATUS, body: itemOf(sidecar) };
          },
          freshOperation ? {} : { operationId: sidecar.operationId },
        );
        return { item: itemFromAnswer(answer.body), replayed };
      } catch (error) {
        if (!isDuplicate(error) && !isConflict(error)) throw error;
        const stored = await find(sidecar.id);
        if (stored?.item.sha256 === sidecar.sha256) return { item: stored.item, replayed: false };
        throw error;
      }
    },
    async answered(claim) {
      const earlier = await database.read((reader) => earlierAnswer<ItemAnswer>(reader, claim));
      return earlier && itemFromAnswer(earlier.body);
    },
    async forbid(operationId) {
      try {
        // Attempt 0 is nobody's: a router that meets it cannot take it for a commit of its own.
        await database.write(
          (tx) => tx.execute('UPDATE operations SET attempt = 0 WHERE id = ?', [operationId]),
          {
            operationId,
          },
        );
      } catch (error) {
        if (!isConflict(error)) throw error; // a conflict says that it was carried out, or forbidden, before
      }
    },
    known: (ids) => database.read((reader) => knownIds(reader, ids)),
    page: (after, limit) => database.read((reader) => pageById(reader, after, limit)),
    async remove(id, { claim, before } = {}) {
      const { replayed } = await answerOnce(database, claim, async (tx) => {
        await before?.(tx);
        await deleteMedia(tx, id);
        return { status: 204, body: null };
      });
      return { replayed };
    },
    async list(query) {
      const parsed = parseQuery(query);
      return database.read((reader) => listMedia(reader, parsed), { impatient: true });
    },
  };
}

const isConflict = (error: unknown) => error instanceof PorticoError && error.code === 'conflict';

import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { BlobStore, StagedBlob } from '../../platform/storage/blob-store.ts';
import { bury, type Sidecar } from '../../platform/storage/records.ts';
import type { Sidecars } from '../../platform/storage/sidecars.ts';
import type { MediaRegister } from './register.ts';
import type { MediaItem } from './types.ts';

export interface WritePathParts {
  blobs: BlobStore;
  sidecars: Sidecars;
  register: MediaRegister;
  /** Tells the other portals; a hint. */
  announce: (id: string) => Promise<void>;
  log: Logger;
  /** Called after each step, so that a test can end the process there. */
  onStep?: (step: string) => void;
}

export interface WritePath {
  /**
   * @param options.again the same will be tried again under the same ids, so a failure is not made final; a sidecar
   * that an earlier try left is as good
   */
  keep(
    staged: StagedBlob,
    sidecar: Sidecar,
    options?: { again?: boolean },
  ): Promise<{ item: MediaItem; replayed: boolean }>;
  settle(sidecar: Sidecar): Promise<'kept' | 'buried'>;
}

/**
 * How a received file becomes an item. The order is the point:
 *
 * 1. The blob's own copy is on the disk, under a temporary name (`stage`).
 * 2. The sidecar is published. It comes before the blob, so that whatever lies in `blobs/` is named by a record:
 *    a crash between the two leaves a sidecar without a blob, which a reconcile finds, and not a blob that nobody does.
 * 3. The blob is renamed into place.
 * 4. The row is committed: now the item is visible, and the upload can be acknowledged.
 * 5. A marker tells the others.
 *
 * When the commit fails the client is told so, and the sidecar must say so too, or the reconcile would bring up
 * what nobody was promised (and the client's next try would be a twin). It is marked as refused: what it names is
 * buried, except if the commit, whose outcome may be unknown, turns out to have happened. Then it is kept. Settling
 * first forbids the operation id in the database, so a commit that is still under way cannot come in after it.
 */
export function createWritePath(parts: WritePathParts): WritePath {
  const { sidecars, register, log, onStep = () => {} } = parts;

  async function settle(sidecar: Sidecar): Promise<'kept' | 'buried'> {
    await register.forbid(sidecar.operationId);
    onStep('forbidden');
    if (await register.find(sidecar.id)) return 'kept';
    await sidecars.bury(bury(sidecar, sidecar.createdBy, 'never-acknowledged'));
    return 'buried';
  }

  async function refuse(sidecar: Sidecar, cause: unknown): Promise<void> {
    try {
      await sidecars.refuse(sidecar);
      onStep('refused');
      // With the database away the reconcile settles it, once it is back.
      if (!isCode(cause, 'database-unavailable')) await settle(sidecar);
    } catch (error) {
      log.error(
        { err: error, media: sidecar.id },
        'An upload that failed could not be cleared away yet; the reconcile will.',
      );
    }
  }

  /** Only an inbox file or a resumable upload that is taken up again finds its record there already. */
  async function publishOrAdopt(wanted: Sidecar): Promise<Sidecar> {
    if (await sidecars.publish(wanted)) return wanted;
    const found = await sidecars.read(wanted.id);
    if (found.state === 'media' && found.sidecar.sha256 === wanted.sha256 && !found.sidecar.refusedAt) {
      return found.sidecar;
    }
    throw new PorticoError('conflict', 'Another upload has this id.');
  }

  async function commit(staged: StagedBlob, sidecar: Sidecar, again: boolean) {
    try {
      await staged.publish();
      onStep('blob-published');
      return await register.add(sidecar);
    } catch (error) {
      if (!again) await refuse(sidecar, error);
      throw error;
    }
  }

  return {
    settle,
    async keep(staged, wanted, { again = false } = {}) {
      const sidecar = await publishOrAdopt(wanted);
      onStep('sidecar-published');
      const outcome = await commit(staged, sidecar, again);
      onStep('committed');
      // Two requests with one key, at the same time: the other one made the item, this copy is not wanted.
      if (outcome.item.id !== sidecar.id) await refuse(sidecar, undefined);
      await parts.announce(outcome.item.id).catch((error: unknown) => {
        log.warn(
          { err: error, media: sidecar.id },
          'The other portals could not be told of an upload; they look by themselves.',
        );
      });
      onStep('announced');
      return outcome;
    },
  };
}

function isCode(error: unknown, code: PorticoError['code']): boolean {
  return error instanceof PorticoError && error.code === code;
}

import type { Lock, Locker } from '@tus/server';
import type { Hold, Holds } from './holds.ts';
import { currentRequest } from './request.ts';

/** What @tus/server asks for before each request to an upload, over the holds in the database. */
export function uploadLocker(holds: Holds): Locker {
  return {
    newLock(id): Lock {
      let hold: Hold | undefined;
      return {
        async lock(signal, cancel) {
          const request = currentRequest();
          request.cancel = () => void cancel();
          // A new upload has no row yet, and nobody knows its id.
          if (request.method === 'POST') return;
          hold = await holds.take(id, request.method !== 'HEAD', request.cancel, signal);
        },
        async unlock() {
          // The store began the hold of an upload that was created with its first bytes.
          if (currentRequest().method === 'POST') hold = holds.current(id);
          await hold?.release();
        },
      };
    },
  };
}

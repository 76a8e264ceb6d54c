/** How many descriptions may be in memory at once, those that are still arriving and those that wait to be read. */
import { PorticoError } from '../platform/errors.ts';

/** Requests. Two readings of the usual second each are seldom under way; so many come from a CI that checks everything. */
const MAX_REQUESTS = 20;
/** Seconds: most are read in less than one, GitHub's 13 MB in ten. */
const RETRY_AFTER = 10;

export interface Room {
  /**
   * Does the work while so much of the room is taken.
   * @param bytes that it will hold at most, known before the first one is taken in
   * @throws PorticoError 'busy' at once when they do not fit
   */
  hold<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

/** @param maxBytes of all at once; one that is alone may have all of them */
export function createRoom({ maxBytes, maxRequests = MAX_REQUESTS }: RoomOptions): Room {
  const taken = { requests: 0, bytes: 0 };
  return {
    async hold(bytes, work) {
      if (taken.requests + 1 > maxRequests || taken.bytes + bytes > maxBytes)
        throw new PorticoError(
          'busy',
          'Many API descriptions are being read just now. Nothing of yours was kept: send it again in a moment.',
          { retryAfter: RETRY_AFTER },
        );
      taken.requests++;
      taken.bytes += bytes;
      try {
        return await work();
      } finally {
        taken.requests--;
        taken.bytes -= bytes;
      }
    },
  };
}

export interface RoomOptions {
  maxBytes: number;
  maxRequests?: number;
}

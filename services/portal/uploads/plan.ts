import { isFull, type UploadRow } from './types.ts';

/** Pure: whether a request may take an upload that somebody else may be writing. */

/** A holder whose counter stands still for so long is dead, frozen or cut off: ms. It beats each second. */
export const STILL_MS = 3000;
/** A holder that lives and was asked lets go within a beat; one that does not has lost its upload after so long: ms. */
export const PATIENCE_MS = 6000;

export interface Wait {
  /** Since when this request waits, and since when it saw the holder's counter stand still: ms, by its own clock. */
  since: number;
  stillSince: number;
}

export interface HoldPlan {
  /** `look`: nobody writes and nothing has to be written; `busy`: another request is finishing it */
  action: 'take' | 'look' | 'wait' | 'busy';
  reason: string;
}

/**
 * Taking it from a holder that lives harms nothing but speed: what that one writes afterwards is not acknowledged,
 * because its token is old.
 * @param writes false for a request that only asks how far it is
 */
export function planHold(
  row: Pick<UploadRow, 'holder' | 'size' | 'received' | 'state'>,
  wait: Wait,
  now: number,
  writes: boolean,
): HoldPlan {
  const stranded = row.state === 'open' && isFull(row);
  const free = writes || stranded ? 'take' : 'look';
  if (row.state !== 'open') return { action: 'look', reason: 'it has come to its end' };
  if (row.holder === undefined) return { action: free, reason: 'nobody writes it' };
  if (now - wait.stillSince >= STILL_MS)
    return { action: free, reason: `${row.holder} has shown no life for ${STILL_MS} ms` };
  if (now - wait.since < PATIENCE_MS) return { action: 'wait', reason: `${row.holder} is asked to let go` };
  return stranded
    ? { action: 'busy', reason: `${row.holder} is putting it into the library` }
    : { action: free, reason: `${row.holder} did not let go within ${PATIENCE_MS} ms` };
}

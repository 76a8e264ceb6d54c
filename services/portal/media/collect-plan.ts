/** Pure: when the collector must not go on. */

export interface Collected {
  /** All that lie in blobs/. */
  blobs: number;
  /** Those that nothing names. */
  unnamed: number;
  /** Of those, the ones that no deletion explains either: uploads that died on the way, if they are few. */
  unexplained: number;
}

/** A record comes before its blob, so hardly a blob is ever without one: as many may be somebody’s own doing. */
const FEW = 20;
const SHARE = 0.1;

/** @returns why nothing may be moved, or undefined */
export function planCollect({ blobs, unexplained }: Collected): string | undefined {
  if (unexplained <= FEW || unexplained <= blobs * SHARE) return undefined;
  return `${unexplained} of ${blobs} blobs are named by no record and by no deletion: records may be missing. Nothing is moved until somebody has looked at the volume.`;
}

/** Pure: what the reconcile does about one id, and when it does nothing at all. */

/** Both records of one id, and whether its blob is there. */
export interface Observation {
  record: 'none' | 'damaged' | 'media' | 'refused' | 'tombstone';
  /** Milliseconds since the sidecar was written, by the volume's clock. */
  ageMs: number;
  row: boolean;
  blob: boolean;
  /** A copy of it lies in the trash; only looked for when it is missing. */
  trashed: boolean;
}

export type Action =
  | 'nothing'
  | 'wait'
  | 'register'
  | 'settle'
  | 'delete-row'
  | 'write-sidecar'
  | 'restore-blob'
  | 'report-missing-blob'
  | 'report-damaged-record'
  /** Never planned: what became of an action that failed. */
  | 'failed';

export interface Plan {
  action: Action;
  reason: string;
}

/** @param graceMs how long an upload may be under way between its sidecar and its commit */
export function planReconcile(seen: Observation, graceMs: number): Plan {
  const named = seen.record === 'media' || (seen.record === 'none' && seen.row);
  if (named && !seen.blob && seen.trashed)
    return { action: 'restore-blob', reason: 'its blob was collected, and is named again' };
  switch (seen.record) {
    case 'tombstone':
      return seen.row
        ? { action: 'delete-row', reason: 'it was deleted, and its row is still there' }
        : { action: 'nothing', reason: 'it is deleted' };
    case 'damaged':
      return {
        action: 'report-damaged-record',
        reason: 'its record cannot be read, so it may be a tombstone',
      };
    case 'refused':
      return seen.row
        ? { action: 'nothing', reason: 'its upload was refused, but the commit turned out to have happened' }
        : { action: 'settle', reason: 'its upload was refused' };
    case 'media':
      return seen.row ? planBlob(seen) : planUnregistered(seen, graceMs);
    case 'none':
      if (!seen.row) return { action: 'nothing', reason: 'nobody knows it' };
      return seen.blob
        ? { action: 'write-sidecar', reason: 'its sidecar is missing' }
        : { action: 'report-missing-blob', reason: 'its blob and its sidecar are missing' };
  }
}

function planBlob(seen: Observation): Plan {
  return seen.blob
    ? { action: 'nothing', reason: 'it is whole' }
    : { action: 'report-missing-blob', reason: 'its blob is missing' };
}

function planUnregistered(seen: Observation, graceMs: number): Plan {
  // A stamp from far in the future says as little about a commit under way as an old one.
  if (Math.abs(seen.ageMs) < graceMs) return { action: 'wait', reason: 'its upload may be under way' };
  return seen.blob
    ? { action: 'register', reason: 'its row is missing' }
    : { action: 'settle', reason: 'its blob never arrived, so it was never acknowledged' };
}

/** What one look over everything counted. */
export interface Survey {
  records: number;
  rows: number;
  /** Items in the database whose bytes the volume has lost. */
  rowsWithoutBlob: number;
  rowsWithoutRecord: number;
  /** Sidecars that name neither a row nor a blob that exists: uploads that died on the way, if they are few. */
  strandedRecords: number;
}

/** A few files may be lost; many at once means that something else is wrong, and healing would make it worse. */
const FEW = 20;
/** As many uploads may well have died together, in a power cut. */
const FEW_UPLOADS = 200;
const SHARE = 0.1;

/** @returns why the reconcile must not go on, or undefined */
export function planBrake(survey: Survey): string | undefined {
  const { records, rows, rowsWithoutBlob, rowsWithoutRecord, strandedRecords } = survey;
  const advice = 'Nothing is changed until somebody has looked at the volume.';
  if (rowsWithoutBlob > FEW && rowsWithoutBlob > rows * SHARE) {
    return `${rowsWithoutBlob} of ${rows} files have lost their bytes at once. ${advice}`;
  }
  if (rowsWithoutRecord > FEW && rowsWithoutRecord > rows * SHARE) {
    return `${rowsWithoutRecord} of ${rows} files have lost their record on the volume at once. ${advice}`;
  }
  if (strandedRecords > FEW_UPLOADS && strandedRecords > records * SHARE) {
    return `${strandedRecords} of ${records} records on the volume name neither a row nor bytes. ${advice}`;
  }
  return undefined;
}

import type { Visibility } from '../media/types.ts';

/** An upload in flight, as the database has it. */
export interface UploadRow {
  id: string;
  operationId: string;
  /** Kind and id of the principal who created it; nobody else sees it. */
  owner: string;
  createdBy: string;
  name: string;
  visibility: Visibility;
  metadata: Record<string, string | null>;
  /** Bytes; undefined while the client has not said it. */
  size: number | undefined;
  /** Bytes that are durable and acknowledged. */
  received: number;
  /** Grows with each holder. */
  token: number;
  /** Undefined when nobody writes. */
  holder: string | undefined;
  beat: number;
  state: 'open' | 'finished' | 'failed';
  sha256: string | undefined;
  reason: string | undefined;
  /** Milliseconds until it expires, by the database's clock; negative when it has. */
  leftMs: number;
}

/** What a new upload is made of. */
export type NewUpload = Pick<
  UploadRow,
  'id' | 'operationId' | 'owner' | 'createdBy' | 'name' | 'visibility' | 'metadata' | 'size'
>;

/** One holder's bytes: its file's first `length` bytes are the upload's from `start` on. */
export interface Part {
  token: number;
  start: number;
  length: number;
}

/** All of it is there; what is missing is the item. */
export function isFull(row: Pick<UploadRow, 'size' | 'received'>): boolean {
  return row.size !== undefined && row.received === row.size;
}

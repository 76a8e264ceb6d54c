import type { Readable } from 'node:stream';
import type { IdempotencyKey } from '../../platform/database/types.ts';

/** `public`: everybody reads it, and search finds it by its name; `internal`: whoever is signed in, or has a token. */
export type Visibility = 'public' | 'internal';

export interface MediaItem {
  /** ULID: sorts by time, and its 80 random bits cannot be guessed. */
  id: string;
  /** As the uploader named it, cleaned (names.ts): no path, no control characters, at most 255 bytes. */
  name: string;
  /** Detected from the content; never believed from the name or the client. */
  mediaType: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
  visibility: Visibility;
  /** User name, token name, or `inbox`. */
  createdBy: string;
  createdAt: Date;
}

export type MediaSort = 'newest' | 'oldest' | 'name' | 'largest';

export interface MediaQuery {
  /** Part of a name, case-insensitive. */
  search?: string;
  sort: MediaSort;
  /** From the page before; opaque. */
  cursor?: string;
  /** 1 to 100. */
  limit: number;
}

export interface MediaPage {
  items: MediaItem[];
  /** Absent on the last page. */
  nextCursor?: string;
  /** All items that the search matches. */
  total: number;
}

export interface Upload {
  content: Readable;
  name: string;
  visibility: Visibility;
  createdBy: string;
  /** The client's Idempotency-Key, and whose it is; the service makes the fingerprint, since it hashes the bytes. */
  idempotency?: IdempotencyKey;
}

export interface MediaService {
  /**
   * Returns when the file is durable: bytes and sidecar fsynced, row committed.
   * @returns the item, and whether an earlier request with the same Idempotency-Key had made it
   * @throws PorticoError 'too-large', 'empty-file', 'upload-aborted', 'insufficient-storage', 'volume-unavailable',
   * 'database-unavailable', 'idempotency-mismatch'; whatever is thrown, nothing half-written stays visible
   */
  upload(upload: Upload): Promise<{ item: MediaItem; replayed: boolean }>;
  list(query: MediaQuery): Promise<MediaPage>;
  /** @throws PorticoError 'not-found' */
  get(id: string): Promise<MediaItem>;
  /** Tombstone first, then the row. Deleting what is deleted already is not an error. @throws PorticoError 'not-found' for an id that never was */
  remove(id: string, by: string, idempotency?: IdempotencyKey): Promise<{ replayed: boolean }>;
  /** Which of these items have lost their bytes, by their ids. */
  lost(items: readonly MediaItem[]): Promise<Set<string>>;
  /** The blob's path below the volume's `blobs/`, for X-Accel-Redirect: `ab/cd/<sha256>`. */
  blobPath(item: MediaItem): string;
  /** A stream of the blob's bytes, for thumbnails and for tests without a load balancer. @throws PorticoError 'not-found' */
  open(item: MediaItem, range?: { start: number; end: number }): Readable;
}

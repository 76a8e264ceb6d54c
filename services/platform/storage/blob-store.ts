import type { Readable } from 'node:stream';

/** Bytes that were received whole and hashed, durable, and not yet visible to anybody. */
export interface StagedBlob {
  sha256: string;
  /** Bytes. */
  size: number;
  /** The first bytes (at most 64 KiB), from which the type is detected. */
  head: Buffer;
  /** Puts this very copy into place, durably, also when the blob is there already: no file is trusted unverified. */
  publish(): Promise<void>;
  /** Drops the copy. Does nothing after `publish`. */
  discard(): Promise<void>;
}

export interface StageLimits {
  /** Bytes; one more is 'too-large'. */
  maxBytes: number;
}

/** Immutable bytes, named by their SHA-256 (lower-case hex). Every store runs blob-store.contract.ts. */
export interface BlobStore {
  /**
   * Reads `content` to its end, at the speed at which it can be stored; memory stays flat.
   * `content` is destroyed when this fails.
   * @throws PorticoError 'too-large', 'empty-file', 'upload-aborted', 'insufficient-storage', 'volume-unavailable';
   * nothing of the content is left then
   */
  stage(content: Readable, limits: StageLimits): Promise<StagedBlob>;
  /** Bytes, or undefined when it is not there. */
  size(sha256: string): Promise<number | undefined>;
  /**
   * The bytes; `range` is inclusive at both ends. A blob that is not there makes the stream fail with
   * PorticoError 'not-found'.
   */
  open(sha256: string, range?: { start: number; end: number }): Readable;
}

/** How much of the content `StagedBlob.head` keeps: enough for file-type to look into an office document. */
export const HEAD_BYTES = 64 * 1024;

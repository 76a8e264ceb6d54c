import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PorticoError } from '../errors.ts';
import { HEAD_BYTES, type StageLimits } from './blob-store.ts';

export interface Received {
  sha256: string;
  size: number;
  head: Buffer;
}

/**
 * Hashes `content` while `write` stores it. One write is under way at a time, beside the hashing of the same chunk and
 * the wait for the next; so a slow disk slows the sender down instead of filling memory.
 * @throws PorticoError 'too-large' at the byte that is too many, 'empty-file', 'upload-aborted'; what `write` throws
 */
export async function receive(
  content: Readable,
  limits: StageLimits,
  write: (chunk: Buffer, offset: number) => Promise<void>,
): Promise<Received> {
  const hash = createHash('sha256');
  const head = new Head();
  let size = 0;
  let writing: Promise<void> = Promise.resolve();
  const chunks = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const chunk = await nextChunk(chunks);
      await writing;
      if (chunk === undefined) break;
      if (size + chunk.length > limits.maxBytes) throw tooLarge(limits.maxBytes);
      writing = write(chunk, size);
      writing.catch(() => {}); // heard at the next await, or below
      hash.update(chunk);
      head.add(chunk);
      size += chunk.length;
    }
  } catch (error) {
    content.destroy();
    await Promise.allSettled([writing]); // the file is closed next
    throw error;
  }
  if (size === 0) throw new PorticoError('empty-file', 'The file is empty.');
  return { sha256: hash.digest('hex'), size, head: head.bytes() };
}

/** Copies, because a view would keep the whole chunk in memory. */
class Head {
  private readonly parts: Buffer[] = [];
  private size = 0;

  add(chunk: Buffer): void {
    if (this.size === HEAD_BYTES) return;
    const part = Buffer.from(chunk.subarray(0, HEAD_BYTES - this.size));
    this.parts.push(part);
    this.size += part.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

async function nextChunk(chunks: AsyncIterator<unknown>): Promise<Buffer | undefined> {
  let next: IteratorResult<unknown>;
  try {
    next = await chunks.next();
  } catch (error) {
    if (error instanceof PorticoError) throw error;
    throw new PorticoError('upload-aborted', 'The upload ended before its last byte.', { cause: error });
  }
  if (next.done) return undefined;
  if (Buffer.isBuffer(next.value)) return next.value;
  if (typeof next.value === 'string') return Buffer.from(next.value);
  throw new TypeError('A content stream must give bytes.');
}

export function tooLarge(maxBytes: number): PorticoError {
  return new PorticoError(
    'too-large',
    `The file is larger than ${readableSize(maxBytes)}, the largest that this portal takes.`,
  );
}

function readableSize(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}

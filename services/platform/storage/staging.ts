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
 * Hashes `content` while `write` stores it. The next chunk is asked for when the last one is written, so a slow
 * disk slows the sender down instead of filling memory.
 * @throws PorticoError 'too-large' at the byte that is too many, 'empty-file', 'upload-aborted'; what `write` throws
 */
export async function receive(
  content: Readable,
  limits: StageLimits,
  write: (chunk: Buffer, offset: number) => Promise<void>,
): Promise<Received> {
  const hash = createHash('sha256');
  const head: Buffer[] = [];
  let headSize = 0;
  let size = 0;
  const chunks = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const chunk = await nextChunk(chunks);
      if (chunk === undefined) break;
      if (size + chunk.length > limits.maxBytes) throw tooLarge(limits.maxBytes);
      hash.update(chunk);
      if (headSize < HEAD_BYTES) {
        // a copy, because a view would keep the whole chunk in memory
        const part = Buffer.from(chunk.subarray(0, HEAD_BYTES - headSize));
        head.push(part);
        headSize += part.length;
      }
      await write(chunk, size);
      size += chunk.length;
    }
  } catch (error) {
    content.destroy();
    throw error;
  }
  if (size === 0) throw new PorticoError('empty-file', 'The file is empty.');
  return { sha256: hash.digest('hex'), size, head: Buffer.concat(head) };
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

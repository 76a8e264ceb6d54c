import { Readable } from 'node:stream';
import { PorticoError } from '../errors.ts';
import type { BlobStore } from './blob-store.ts';
import { receive } from './staging.ts';

/** For tests of what stands on a store: nothing of it outlives the process. */
export function createMemoryBlobStore(): BlobStore {
  const blobs = new Map<string, Buffer>();
  return {
    async stage(content, limits) {
      const chunks: Buffer[] = [];
      const received = await receive(content, limits, async (chunk) => void chunks.push(Buffer.from(chunk)));
      let copy: Buffer | undefined = Buffer.concat(chunks);
      return {
        ...received,
        async publish() {
          if (!copy) throw new PorticoError('internal', 'This copy was published or dropped before.');
          blobs.set(received.sha256, copy);
          copy = undefined;
        },
        async discard() {
          copy = undefined;
        },
      };
    },
    size: async (sha256) => blobs.get(sha256)?.length,
    open: (sha256, range) => Readable.from(read(blobs.get(sha256), range), { objectMode: false }),
  };
}

async function* read(blob: Buffer | undefined, range: { start: number; end: number } | undefined) {
  if (!blob) throw new PorticoError('not-found', 'The bytes of this file are not there.');
  yield range ? blob.subarray(range.start, range.end + 1) : blob;
}

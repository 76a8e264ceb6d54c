import { createReadStream } from 'node:fs';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ulid } from 'ulid';
import { PorticoError } from '../errors.ts';
import { isErrno, syncDirectory, unlessAbsent } from './atomic.ts';
import type { BlobStore, StagedBlob, StageLimits } from './blob-store.ts';
import { receive } from './staging.ts';
import type { Volume } from './volume.ts';

/** After so many bytes an upload in flight looks whether the volume has fallen below its floor. */
const CHECK_SPACE_EVERY = 4 * 1024 * 1024;
/** And after so many it sends them on their way to the disk: the sync at the end is short then, and so is everybody's. */
const FLUSH_EVERY = 32 * 1024 * 1024;

/** `onStep` is called between the steps of a write, so that a test can end the process there. */
export function createVolumeBlobStore(volume: Volume, onStep: (step: string) => void = () => {}): BlobStore {
  const { paths } = volume;
  // directories whose own names this process has made durable; at most 65,536 of them exist
  const durable = new Set<string>();

  async function stage(content: Readable, limits: StageLimits): Promise<StagedBlob> {
    const temp = paths.temp(ulid());
    try {
      const received = await receiveInto(temp, content, limits);
      return {
        ...received,
        publish: () => volume.guard(() => publish(temp, received.sha256)),
        discard: () => volume.guard(async () => void (await unlessAbsent(unlink(temp)))),
      };
    } catch (error) {
      content.destroy();
      // Where nothing can be written nothing can be removed either: what stays is swept when it is old.
      await unlessAbsent(unlink(temp)).catch(() => {});
      throw error;
    }
  }

  async function receiveInto(temp: string, content: Readable, limits: StageLimits) {
    await volume.requireSpace();
    return volume.guard(async () => {
      const handle = await open(temp, 'wx', 0o640);
      let flushing: Promise<void> = Promise.resolve();
      try {
        let nextCheck = CHECK_SPACE_EVERY;
        let nextFlush = FLUSH_EVERY;
        const received = await receive(content, limits, async (chunk, offset) => {
          if (offset >= nextCheck) {
            nextCheck = offset + CHECK_SPACE_EVERY;
            await volume.requireSpace();
          }
          if (offset >= nextFlush) {
            nextFlush = offset + FLUSH_EVERY;
            await flushing;
            flushing = handle.datasync();
            flushing.catch(() => {}); // heard at the next await
          }
          for (let written = 0; written < chunk.length; ) {
            const rest = chunk.length - written;
            written += (await handle.write(chunk, written, rest, offset + written)).bytesWritten;
          }
        });
        await flushing;
        onStep('received');
        await handle.sync();
        return received;
      } finally {
        await Promise.allSettled([flushing]);
        await handle.close();
      }
    });
  }

  async function publish(temp: string, sha256: string): Promise<void> {
    const { outer, inner } = paths.blobDirectories(sha256);
    await mkdir(inner, { recursive: true, mode: 0o750 });
    await rename(temp, paths.blob(sha256));
    onStep('blob-renamed');
    await syncDirectory(inner);
    // Another process may have made these and died before they were durable, so existing is not enough.
    for (const [made, parent] of [
      [inner, outer],
      [outer, paths.blobs],
    ] as const) {
      if (durable.has(made)) continue;
      await syncDirectory(parent);
      durable.add(made);
    }
  }

  return {
    stage,
    size: async (sha256) => (await unlessAbsent(stat(paths.blob(sha256))))?.size,
    open: (sha256, range) => Readable.from(read(paths.blob(sha256), range), { objectMode: false }),
  };
}

async function* read(path: string, range: { start: number; end: number } | undefined) {
  try {
    yield* createReadStream(path, range ?? {});
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    throw new PorticoError('not-found', 'The bytes of this file are not there.', { cause: error });
  }
}

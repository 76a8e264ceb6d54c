import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { PorticoError } from '../../platform/errors.ts';
import { syncDirectory, unlessAbsent } from '../../platform/storage/atomic.ts';
import { isId } from '../../platform/storage/paths.ts';
import { ageOf, type Volume } from '../../platform/storage/volume.ts';
import type { Part } from './types.ts';

/** After so many bytes a writer looks whether the volume has fallen below its floor. */
const CHECK_SPACE_EVERY = 4 * 1024 * 1024;

/** The file of one holder: nobody else ever writes to it, however long its holder was frozen. */
export class PartWriter {
  readonly #volume: Volume;
  readonly #handle: FileHandle;
  readonly #directory: string;
  /** Bytes in the file. */
  written = 0;
  #named = false;
  #nextCheck = CHECK_SPACE_EVERY;

  private constructor(volume: Volume, handle: FileHandle, directory: string) {
    this.#volume = volume;
    this.#handle = handle;
    this.#directory = directory;
  }

  static async create(volume: Volume, id: string, token: number): Promise<PartWriter> {
    await volume.requireSpace();
    return volume.guard(async () => {
      const { directory, file } = volume.paths.uploadPart(id, token);
      await mkdir(directory, { recursive: true, mode: 0o750 });
      return new PartWriter(volume, await open(file, 'wx', 0o640), directory);
    });
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.written >= this.#nextCheck) {
      this.#nextCheck = this.written + CHECK_SPACE_EVERY;
      await this.#volume.requireSpace();
    }
    await this.#volume.guard(async () => {
      for (let done = 0; done < chunk.length; ) {
        const rest = chunk.length - done;
        const { bytesWritten } = await this.#handle.write(chunk, done, rest, this.written);
        done += bytesWritten;
        this.written += bytesWritten;
      }
    });
  }

  /** What was written so far is on the disk, under its name, when this returns. */
  async sync(): Promise<void> {
    await this.#volume.guard(async () => {
      await this.#handle.datasync();
      if (this.#named) return;
      await syncDirectory(this.#directory);
      await syncDirectory(this.#volume.paths.uploads);
      this.#named = true;
    });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** The upload's bytes, from the files of all its holders, one after the other. */
export function readParts(volume: Volume, id: string, parts: readonly Part[], size: number): Readable {
  return Readable.from(bytesOf(volume, id, parts, size), { objectMode: false });
}

async function* bytesOf(volume: Volume, id: string, parts: readonly Part[], size: number) {
  let at = 0;
  for (const { token, start, length } of parts) {
    if (start !== at) throw holed(id, at);
    const { file } = volume.paths.uploadPart(id, token);
    let read = 0;
    for await (const chunk of createReadStream(file, { end: length - 1, highWaterMark: 256 * 1024 })) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    if (read !== length) throw holed(id, at + read);
    at += length;
  }
  if (at !== size) throw holed(id, at);
}

function holed(id: string, at: number): PorticoError {
  return new PorticoError(
    'internal',
    `The upload ${id} has lost its bytes from ${at} on. Upload the file again.`,
  );
}

export async function removeParts(volume: Volume, id: string): Promise<void> {
  await rm(volume.paths.uploadDirectory(id), { recursive: true, force: true });
}

/** Directories of uploads that nobody has written to for so long, by the volume's clock. */
export async function* oldDirectories(volume: Volume, olderThanMs: number): AsyncGenerator<string> {
  const now = await volume.now();
  for (const id of (await readdir(volume.paths.uploads)).filter(isId)) {
    const directory = volume.paths.uploadDirectory(id);
    const names = (await unlessAbsent(readdir(directory))) ?? [];
    const paths = [directory, ...names.map((name) => `${directory}/${name}`)];
    const ages = await Promise.all(paths.map((path) => ageOf(path, now)));
    if (ages.every((age) => age === undefined || age >= olderThanMs)) yield id;
  }
}

import type { Readable } from 'node:stream';
import type { Database } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { type Checksum, ChecksumCheck } from './checksum.ts';
import type { Hold } from './holds.ts';
import { PartWriter } from './parts.ts';
import { advanceUpload } from './repository.ts';

/**
 * So often what arrived is made durable and acknowledged, while more arrives: what a killed portal costs is about so
 * much. Each time is an fsync and a commit.
 */
const STEP_BYTES = 512 * 1024;
const STEP_MS = 500;

export interface ProgressOptions {
  database: Database;
  volume: Volume;
  log: Logger;
  hold: Hold;
  /** Where in the upload the first byte belongs. */
  offset: number;
  checksum: Checksum | undefined;
  /** Ends the request, keeping what it wrote. */
  cancel: () => void;
}

/** Takes in the bytes of one request. */
export class Progress {
  readonly #options: ProgressOptions;
  /** How far what is acknowledged reaches. */
  #received: number;
  #step: Promise<void> = Promise.resolve();
  #fault: unknown;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#received = options.offset;
  }

  /**
   * Returns when everything that arrived is acknowledged, or, with a checksum, everything or nothing. A request that
   * breaks off keeps what it brought, and its error goes on.
   * @returns how far what is acknowledged reaches
   * @throws PorticoError 'locked' when somebody else has taken the upload, 'checksum-mismatch', 'insufficient-storage', …
   */
  async receive(stream: Readable): Promise<number> {
    const { volume, hold, checksum } = this.#options;
    const check = checksum && new ChecksumCheck(checksum);
    const writer = await PartWriter.create(volume, hold.id, hold.token);
    try {
      const broken = await this.#takeIn(stream, writer, check);
      await this.#step;
      if (this.#fault !== undefined) throw this.#fault;
      if (check && broken !== undefined) throw broken;
      check?.verify();
      if (writer.written > this.#received - this.#options.offset) await this.#acknowledge(writer);
      if (broken !== undefined) throw broken;
      return this.#received;
    } finally {
      await this.#step;
      await writer.close();
    }
  }

  /** @returns what broke it off, if anything did */
  async #takeIn(stream: Readable, writer: PartWriter, check: ChecksumCheck | undefined): Promise<unknown> {
    let last = { at: performance.now(), written: 0 };
    let stepping = false;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (this.#fault !== undefined) return undefined;
        await writer.write(chunk);
        check?.add(chunk);
        const due = writer.written - last.written >= STEP_BYTES || performance.now() - last.at >= STEP_MS;
        if (check || !due) continue;
        if (stepping) {
          // The sender is slowed down to what can be acknowledged: what it sends beyond that may be sent in vain.
          if (writer.written - last.written >= STEP_BYTES) await this.#step;
          else continue;
        }
        last = { at: performance.now(), written: writer.written };
        stepping = true;
        this.#step = this.#acknowledge(writer)
          .catch((error: unknown) => {
            this.#fault = error;
            // A client that sends slowly must not be waited for.
            this.#options.cancel();
          })
          .finally(() => {
            stepping = false;
          });
      }
      return undefined;
    } catch (error) {
      return error ?? new Error('the request broke off');
    }
  }

  async #acknowledge(writer: PartWriter): Promise<void> {
    const { database, hold, offset } = this.#options;
    const length = writer.written;
    await writer.sync();
    const part = { token: hold.token, start: offset, length };
    const from = this.#received;
    const heard = await database.write((tx) => advanceUpload(tx, hold.id, from, part));
    if (heard === 'lost')
      throw new PorticoError('locked', 'Another request has taken this upload over. Ask how far it is.', {
        retryAfter: 1,
      });
    this.#received = offset + length;
    hold.heard(heard);
  }
}

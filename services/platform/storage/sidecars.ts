import { opendir, readFile, stat, unlink } from 'node:fs/promises';
import { ulid } from 'ulid';
import { publishOnce, replaceWith, unlessAbsent, writeSynced } from './atomic.ts';
import { isId } from './paths.ts';
import { type MediaRecord, parseRecord, type Sidecar, type Tombstone } from './records.ts';
import type { Volume } from './volume.ts';

/** A record as it lies on the volume; `damaged` is one that cannot be read, which nobody touches. */
export type FoundRecord =
  | { state: 'none' }
  | { state: 'damaged' }
  | { state: 'media'; sidecar: Sidecar /** Milliseconds, by the volume's clock. */; writtenAt: number }
  | { state: 'tombstone'; tombstone: Tombstone };

/** The records beside the database's. A tombstone is final: a sidecar never takes the name from anything. */
export interface Sidecars {
  read(id: string): Promise<FoundRecord>;
  /** @returns false when the id has a record already; that one stays */
  publish(sidecar: Sidecar): Promise<boolean>;
  /** Marks a sidecar of this process as refused. Never resurrects: a refused sidecar can only be buried, or saved by its row. */
  refuse(sidecar: Sidecar, at?: Date): Promise<void>;
  bury(tombstone: Tombstone): Promise<void>;
  /** Every id that has a record, in no order, a batch at a time. */
  batches(size: number): AsyncGenerator<string[]>;
}

export function createSidecars(volume: Volume, onStep: (step: string) => void = () => {}): Sidecars {
  const { paths } = volume;

  async function draft(record: MediaRecord): Promise<string> {
    const temp = paths.temp(ulid());
    try {
      await writeSynced(temp, `${JSON.stringify(record, null, 2)}\n`);
    } catch (error) {
      await unlessAbsent(unlink(temp));
      throw error;
    }
    return temp;
  }

  async function replace(record: MediaRecord): Promise<void> {
    await volume.guard(async () => replaceWith(await draft(record), paths.record(record.id), paths.media));
  }

  return {
    async read(id) {
      const path = paths.record(id);
      const text = await unlessAbsent(readFile(path, 'utf8'));
      if (text === undefined) return { state: 'none' };
      const record = parseRecord(text);
      if (record === undefined || record.id !== id) return { state: 'damaged' };
      if (record.kind === 'tombstone') return { state: 'tombstone', tombstone: record };
      const stats = await unlessAbsent(stat(path));
      return stats ? { state: 'media', sidecar: record, writtenAt: stats.mtimeMs } : { state: 'none' };
    },
    publish: (sidecar) =>
      volume.guard(async () => {
        const temp = await draft(sidecar);
        onStep('sidecar-drafted');
        return publishOnce(temp, paths.record(sidecar.id), paths.media);
      }),
    refuse: (sidecar, at = new Date()) => replace({ ...sidecar, refusedAt: at.toISOString() }),
    bury: replace,
    async *batches(size) {
      let batch: string[] = [];
      for await (const entry of await opendir(paths.media, { bufferSize: 256 })) {
        const id = entry.name.slice(0, -'.json'.length);
        if (!entry.name.endsWith('.json') || !isId(id)) continue;
        batch.push(id);
        if (batch.length < size) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
  };
}

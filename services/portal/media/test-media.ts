/** The write path on a volume of the test's own and on real database nodes, which it may share with a running cluster. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ulid } from 'ulid';
import type { Database } from '../../platform/database/types.ts';
import { quiet } from '../../platform/storage/test-volume.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { createReconcile } from './reconcile.ts';
import type { MediaRegister } from './register.ts';
import { type MediaOptions, type MediaParts, mediaParts, mediaService } from './service.ts';
import type { MediaItem, MediaService, Upload } from './types.ts';
import { createWritePath } from './write-path.ts';

export interface TestMedia {
  /** Its register turns the pages of this test's own rows only. */
  parts: MediaParts;
  service: MediaService;
  volume: Volume;
  /** Unique: what this test has made is found by it. */
  user: string;
  /** A pass for which everything on the volume is old enough. */
  reconcile(): ReturnType<ReturnType<typeof createReconcile>['pass']>;
  upload(text: string, more?: Partial<Upload>): ReturnType<MediaService['upload']>;
  rows(): Promise<MediaItem[]>;
  /** The same, with a register that behaves otherwise in places. */
  with(register: (real: MediaRegister) => Partial<MediaRegister>): TestMedia;
}

export interface TestMediaOptions extends Omit<MediaOptions, 'log' | 'maxUploadBytes'> {
  user?: string;
}

export function testMedia(options: TestMediaOptions): TestMedia {
  const user = options.user ?? `test-${ulid()}`;
  const base = mediaParts({ log: quiet, maxUploadBytes: 1_000_000, ...options });
  return assemble(base, options.database, options.volume, user);
}

function assemble(parts: MediaParts, database: Database, volume: Volume, user: string): TestMedia {
  const service = mediaService(parts, database);
  const rows = () =>
    database.read((reader) =>
      reader.query<MediaItem>('SELECT id, sha256, name FROM media WHERE created_by = ? ORDER BY id', [user]),
    );
  // Rows of whoever else uses this database are none of this volume's.
  const own: MediaRegister = {
    ...parts.register,
    page: async (after, limit) => (await rows()).filter(({ id }) => id > after).slice(0, limit),
  };
  const timing = { graceMs: 0, temporaryMs: 0 };
  const ofOwn: MediaParts = { ...parts, register: own };
  return {
    parts: ofOwn,
    service,
    volume,
    user,
    rows,
    reconcile: () => createReconcile(ofOwn, volume, quiet, timing).pass(),
    upload: (text, more = {}) =>
      service.upload({
        content: streamOf(text),
        name: 'a file.txt',
        visibility: 'public',
        createdBy: user,
        ...more,
      }),
    with(change) {
      const changed = { ...parts, register: { ...parts.register, ...change(parts.register) } };
      return assemble({ ...changed, writePath: createWritePath(changed) }, database, volume, user);
    },
  };
}

export const streamOf = (text: string): Readable => Readable.from([Buffer.from(text)], { objectMode: false });
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What must hold after one reconcile, whatever happened before: the records agree, every item is whole, nothing lies about. */
export async function assertWhole(media: TestMedia): Promise<MediaItem[]> {
  const { parts, service, volume } = media;
  const rows = await media.rows();
  const items: string[] = [];
  const named = new Set<string>();
  for await (const ids of parts.sidecars.batches(100)) {
    for (const id of ids) {
      const found = await parts.sidecars.read(id);
      const row = rows.some((one) => one.id === id);
      assert.equal(
        row,
        found.state === 'media',
        `${id} is ${found.state} on the volume; it has ${row ? 'a' : 'no'} row`,
      );
      if (row) items.push(id);
      if (found.state === 'media') named.add(found.sidecar.sha256);
      if (found.state === 'tombstone') named.add(found.tombstone.sha256);
    }
  }
  assert.deepEqual(items.sort(), rows.map(({ id }) => id).sort(), 'each row has its sidecar');
  for (const { id } of rows) {
    const item = await service.get(id);
    const bytes = await buffer(service.open(item));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), item.sha256);
  }
  assert.deepEqual(await readdir(volume.paths.temporary), [], 'no file in the making');
  const blobs = await readdir(volume.paths.blobs, { recursive: true, withFileTypes: true });
  const orphans = blobs.filter((entry) => entry.isFile() && !named.has(entry.name));
  assert.deepEqual(
    orphans.map(({ name }) => name),
    [],
    'no bytes that no record names',
  );
  const again = await media.reconcile();
  const { nothing: _, ...done } = again.done;
  assert.deepEqual(Object.values(done).filter(Boolean), [], 'a second reconcile finds nothing to do');
  return Promise.all(rows.map(({ id }) => service.get(id)));
}

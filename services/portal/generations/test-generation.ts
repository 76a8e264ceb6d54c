/** Published content for tests: blobs on a volume of the test's own, and the manifest that names them. */
import { Readable } from 'node:stream';
import type { Volume } from '../../platform/storage/volume.ts';
import { createVolumeBlobStore } from '../../platform/storage/volume-blob-store.ts';
import { COMPILED_VERSION } from '../../specs/compiled.ts';
import { read } from '../../specs/read.ts';
import type { Given } from '../../specs/types.ts';
import { MANIFEST_VERSION, type Manifest, type NamedBlob, type PublishedApi } from './manifest.ts';

export async function publishedApi(
  volume: Volume,
  name: string,
  given: Given,
  more: Partial<PublishedApi> = {},
): Promise<PublishedApi> {
  const blobs = createVolumeBlobStore(volume);
  const keep = async (bytes: Uint8Array): Promise<NamedBlob> => {
    const staged = await blobs.stage(Readable.from([Buffer.from(bytes)]), { maxBytes: 2 ** 30 });
    await staged.publish();
    return { sha256: staged.sha256, size: staged.size };
  };
  const reading = await read(given);
  return {
    name,
    title: reading.title,
    summary: '',
    owner: '',
    tags: [],
    lifecycle: 'active',
    sunset: null,
    versions: [
      {
        name: reading.version || '1',
        format: reading.format!,
        changelog: '',
        operations: reading.operations,
        createdAt: '2026-01-01T00:00:00.000Z',
        source: { ...(await keep(given.bytes)), name: given.name },
        document: await keep(reading.document!),
        ...(reading.yaml && { yaml: await keep(reading.yaml) }),
        compiled: { ...(await keep(reading.compiled!)), v: COMPILED_VERSION },
      },
    ],
    ...more,
  };
}

export const manifestOf = (n: number, ...apis: PublishedApi[]): Manifest => ({
  v: MANIFEST_VERSION,
  n,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'test',
  note: '',
  apis,
});

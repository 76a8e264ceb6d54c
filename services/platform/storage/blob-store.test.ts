import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { blobStoreContract } from './blob-store.contract.ts';
import { createMemoryBlobStore } from './memory-blob-store.ts';
import { testVolume } from './test-volume.ts';
import { createVolumeBlobStore } from './volume-blob-store.ts';

blobStoreContract('the memory', async () => ({ store: createMemoryBlobStore(), leftovers: async () => 0 }));

blobStoreContract('the volume', async () => {
  const volume = await testVolume();
  return {
    store: createVolumeBlobStore(volume),
    leftovers: async () => (await readdir(volume.paths.temporary)).length,
  };
});

const bytes = Buffer.from('the bytes that were sent');
const stage = (volume: Awaited<ReturnType<typeof testVolume>>) =>
  createVolumeBlobStore(volume).stage(Readable.from([bytes], { objectMode: false }), { maxBytes: 1000 });

test('a copy on the disk that went bad is replaced by the one that was just verified', async () => {
  const volume = await testVolume();
  await (await stage(volume)).publish();
  const second = await stage(volume);
  await writeFile(volume.paths.blob(second.sha256), 'rotten');
  await second.publish();
  assert.deepEqual(await buffer(createVolumeBlobStore(volume).open(second.sha256)), bytes);
});

test('below the floor of free space nothing is taken', async () => {
  const volume = await testVolume({ floorBytes: Number.MAX_SAFE_INTEGER });
  await assert.rejects(stage(volume), { code: 'insufficient-storage' });
  assert.equal(volume.state().ok, true, 'everything else goes on');
});

test('why an upload was refused is said also when its rest cannot be removed', async () => {
  const volume = await testVolume();
  // A directory has the name of the file in flight: it can neither be written nor unlinked.
  const paths = { ...volume.paths, temp: () => volume.paths.temporary };
  await assert.rejects(stage({ ...volume, paths }), { code: 'EEXIST' });
});

test('a volume with another id takes nothing', async () => {
  const volume = await testVolume();
  await writeFile(volume.paths.volumeId, 'another');
  await assert.rejects(stage(volume), { code: 'volume-unavailable' });
  assert.match(volume.state().reason, /Another volume is mounted/);
});

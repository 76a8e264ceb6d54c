import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { PorticoError } from '../../platform/errors.ts';
import { testVolume } from '../../platform/storage/test-volume.ts';
import type { Manifest } from './manifest.ts';
import { createShelves } from './shelves.ts';

const coded = (code: string) => (error: unknown) => error instanceof PorticoError && error.code === code;
const manifest = (n: number, note = ''): Manifest => ({
  v: 1,
  n,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'admin',
  note,
  apis: [],
});

it('keeps manifests by number, and tells one that was changed', async () => {
  const volume = await testVolume();
  const shelves = createShelves(volume);
  const sha256 = await shelves.write(manifest(2));
  assert.equal(await shelves.write(manifest(2)), sha256, 'a second try finds its own');
  await assert.rejects(shelves.write(manifest(2, 'another')), coded('conflict'));
  await shelves.write(manifest(10));
  assert.deepEqual(await shelves.read(2, sha256), manifest(2));
  assert.deepEqual(await shelves.numbers(), [2, 10]);
  await writeFile(volume.paths.manifest(2), JSON.stringify(manifest(2, 'changed')));
  await assert.rejects(shelves.read(2, sha256), coded('invalid'));
});

it('forgets a manifest into the trash, and brings back the one with the right hash alone', async () => {
  const volume = await testVolume();
  const shelves = createShelves(volume);
  const sha256 = await shelves.write(manifest(2));
  assert.equal(await shelves.forget(2), true);
  assert.equal(await shelves.forget(2), false, 'twice is once');
  await assert.rejects(shelves.read(2), coded('not-found'));
  const found: unknown[] = [];
  for await (const { n, manifest } of shelves.forgotten()) found.push([n, manifest]);
  assert.deepEqual(found, [[2, manifest(2)]]);
  assert.equal(await shelves.bringBack(2, 'f'.repeat(64)), false);
  assert.equal(await shelves.bringBack(2, sha256), true);
  assert.deepEqual(await shelves.read(2, sha256), manifest(2));
  assert.equal(await shelves.bringBack(2, sha256), true, 'twice is once');
  assert.equal(await shelves.bringBack(3, sha256), false);
});

it('knows which is current, and who wakes late with an older word changes nothing', async () => {
  const volume = await testVolume();
  const shelves = createShelves(volume);
  assert.equal(await shelves.current(), undefined);
  for (let epoch = 1; epoch <= 32; epoch++) await shelves.raise({ epoch, n: 100 + epoch });
  assert.deepEqual(await shelves.current(), { epoch: 32, n: 132 });
  await shelves.raise({ epoch: 31, n: 5 });
  assert.deepEqual(await shelves.current(), { epoch: 32, n: 132 });
  assert.equal((await readdir(volume.paths.generations)).length, 21, 'former ones go');
  assert.deepEqual(
    [...(await shelves.recent())].sort(),
    Array.from({ length: 21 }, (_, i) => 112 + i),
  );
  await writeFile(join(volume.paths.generations, 'CURRENT.33'), '');
  assert.deepEqual(await shelves.current(), { epoch: 32, n: 132 }, 'one that says nothing is passed over');
});

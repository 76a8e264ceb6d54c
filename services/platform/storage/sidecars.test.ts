import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ulid } from 'ulid';
import { bury, parseRecord, RECORD_VERSION, type Sidecar } from './records.ts';
import { createSidecars } from './sidecars.ts';
import { testVolume } from './test-volume.ts';

function aSidecar(fields: Partial<Sidecar> = {}): Sidecar {
  return {
    v: RECORD_VERSION,
    kind: 'media',
    id: ulid(),
    operationId: ulid(),
    name: 'a “photo” 🏛.png',
    mediaType: 'image/png',
    size: 12,
    sha256: 'a'.repeat(64),
    visibility: 'public',
    createdBy: 'ada',
    createdAt: '2026-11-21T01:02:03.004Z',
    ...fields,
  };
}

test('a sidecar is read back as it was written', async () => {
  const sidecars = createSidecars(await testVolume());
  const sidecar = aSidecar({ idempotency: { principal: 'user:1', key: 'k', fingerprint: 'b'.repeat(64) } });
  assert.equal(await sidecars.publish(sidecar), true);
  const found = await sidecars.read(sidecar.id);
  assert.ok(found.state === 'media' && Math.abs(found.writtenAt - Date.now()) < 60_000);
  assert.deepEqual(found.sidecar, sidecar);
});

test('a tombstone is final: no sidecar takes its name, however late', async () => {
  const volume = await testVolume();
  const sidecars = createSidecars(volume);
  const sidecar = aSidecar();
  await sidecars.publish(sidecar);
  await sidecars.bury(bury(sidecar, 'ada', 'deleted'));
  assert.equal(await sidecars.publish(sidecar), false);
  assert.equal((await sidecars.read(sidecar.id)).state, 'tombstone');
  assert.deepEqual(await readdir(volume.paths.temporary), []);
});

test('the first sidecar of an id stays', async () => {
  const sidecars = createSidecars(await testVolume());
  const first = aSidecar();
  await sidecars.publish(first);
  assert.equal(await sidecars.publish({ ...first, name: 'second' }), false);
  const found = await sidecars.read(first.id);
  assert.ok(found.state === 'media' && found.sidecar.name === first.name);
});

test('what cannot be read is called damaged, and what is not there none', async () => {
  const volume = await testVolume();
  const sidecars = createSidecars(volume);
  const id = ulid();
  assert.equal((await sidecars.read(id)).state, 'none');
  await writeFile(volume.paths.record(id), '{"v":1,"kind":"media"');
  assert.equal((await sidecars.read(id)).state, 'damaged');
  await writeFile(volume.paths.record(id), JSON.stringify(aSidecar()));
  assert.equal((await sidecars.read(id)).state, 'damaged', 'the record of another id');
});

test('a record of a later release, with fields that nobody knows yet, is read', () => {
  const later = { ...aSidecar(), v: 2, labels: ['x'] };
  assert.equal(parseRecord(JSON.stringify(later))?.kind, 'media');
});

test('all ids are listed in batches, and other files are none', async () => {
  const volume = await testVolume();
  const sidecars = createSidecars(volume);
  const wanted = Array.from({ length: 7 }, () => aSidecar());
  for (const sidecar of wanted) await sidecars.publish(sidecar);
  await writeFile(`${volume.paths.media}/notes.txt`, 'hello');
  const batches: string[][] = [];
  for await (const batch of sidecars.batches(3)) batches.push(batch);
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [3, 3, 1],
  );
  assert.deepEqual(batches.flat().sort(), wanted.map(({ id }) => id).sort());
});

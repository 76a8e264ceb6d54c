/** What follows the shelf hears of every file that comes and goes, without a database. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bury, RECORD_VERSION, type Sidecar } from '../../platform/storage/records.ts';
import { createSidecars } from '../../platform/storage/sidecars.ts';
import { quiet, testVolume } from '../../platform/storage/test-volume.ts';
import { createFileIndex } from '../search/files.ts';
import { openShelf } from './shelf.ts';

const sidecar = (n: number, name: string, visibility: Sidecar['visibility'] = 'public'): Sidecar => ({
  v: RECORD_VERSION,
  kind: 'media',
  id: `01ARZ3NDEKTSV4RRFFQ69G5FA${n}`,
  operationId: `01ARZ3NDEKTSV4RRFFQ69G5FB${n}`,
  name,
  mediaType: 'application/pdf',
  size: 10,
  sha256: 'a'.repeat(64),
  visibility,
  createdBy: 'ada',
  createdAt: '2026-01-01T00:00:00.000Z',
});

const volume = await testVolume();

describe('who follows the shelf', () => {
  it('hears of what was there before, what came since, and what is gone', async (t) => {
    const sidecars = createSidecars(volume);
    await sidecars.publish(sidecar(1, 'invoice before.pdf'));
    await sidecars.publish(sidecar(2, 'invoice of a secret.pdf', 'internal'));
    await sidecars.publish(sidecar(3, 'invoice refused.pdf'));
    await sidecars.refuse(sidecar(3, 'invoice refused.pdf'));
    const files = createFileIndex();
    const { promise: whole, resolve } = Promise.withResolvers<void>();
    const listener = {
      set: files.set,
      whole() {
        files.whole();
        resolve();
      },
    };
    const shelf = openShelf({ volume, sidecars, log: quiet, listener });
    t.after(() => shelf.close());
    await whole;
    const found = () => files.search({ text: 'invoice', limit: 10 }).hits.map(({ item }) => item.name);
    assert.deepEqual(found(), ['invoice before.pdf']);

    const later = sidecar(4, 'invoice later.pdf');
    await sidecars.publish(later);
    await shelf.refresh(later.id);
    assert.deepEqual(found(), ['invoice later.pdf', 'invoice before.pdf']);

    await sidecars.bury(bury(later, 'ada', 'deleted'));
    await shelf.refresh(later.id);
    assert.deepEqual(found(), ['invoice before.pdf']);
    await sidecars.refuse(sidecar(1, 'invoice before.pdf'));
    await shelf.refresh(sidecar(1, '').id);
    assert.deepEqual(found(), []);
  });
});

import assert from 'node:assert/strict';
import { readdir, rm, unlink } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { reconcileJob } from '../../agent/jobs/reconcile.ts';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import type { SqlValue } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import { quiet, testVolume } from '../../platform/storage/test-volume.ts';
import { blobFindings } from './findings.ts';
import { aged, freeFence, rot, run, served } from './test-keeping.ts';
import { assertWhole, sha256Of, type TestMedia, testMedia } from './test-media.ts';
import { verifySlice } from './verify.ts';

const notFound = (error: unknown) => error instanceof PorticoError && error.code === 'not-found';

describe('two records of every upload, on a real database and a real volume', () => {
  let database: Router;
  const users: string[] = [];

  before(async () => {
    database = (await TestNodes.get()).router();
    await allSynced(database);
  });
  after(async () => {
    for (const user of users) {
      await database.write((tx) => tx.execute('DELETE FROM media WHERE created_by = ?', [user]));
    }
    await database.close();
  });

  async function fresh(): Promise<TestMedia> {
    const media = testMedia({ database, volume: await testVolume() });
    users.push(media.user);
    return media;
  }

  const reconcile = (media: TestMedia) =>
    reconcileJob({ database, volume: media.volume, media: media.parts, log: quiet }).run(run());
  const verify = (media: TestMedia, more: Partial<Parameters<typeof verifySlice>[0]> = {}) =>
    verifySlice({ database, volume: media.volume, ...run(), ...more });
  const finding = async (sha256: string) => {
    const { findings } = await database.read((reader) => blobFindings(reader, 1000));
    return findings.find((one) => one.sha256 === sha256);
  };

  /** Twice: the cursor is the whole cluster's, so the first run may begin anywhere. */
  async function verifyAll(media: TestMedia, more: Partial<Parameters<typeof verifySlice>[0]> = {}) {
    const runs = [await verify(media, more), await verify(media, more)];
    return runs.flatMap(({ rotten }) => rotten);
  }

  it('registers dropped rows again under their own ids, and shows them', async () => {
    const media = await fresh();
    const items = [];
    for (const text of ['one', 'two', 'three'])
      items.push((await media.upload(`${media.user} ${text}`)).item);
    for (const { id } of items.slice(0, 2)) {
      await database.write((tx) => tx.execute('DELETE FROM media WHERE id = ?', [id]));
      await aged(media.volume.paths.record(id));
    }
    assert.match(await reconcile(media), /2 healed/);
    assert.deepEqual(await assertWhole(media), items);
  });

  it('does not touch what was uploaded less than ten minutes ago: its commit may be under way', async () => {
    const media = await fresh();
    const { item } = await media.upload(`${media.user} under way`);
    await database.write((tx) => tx.execute('DELETE FROM media WHERE id = ?', [item.id]));
    await reconcile(media);
    assert.deepEqual(await media.rows(), []);
  });

  it('brings back all that an old database does not know, and nothing that was deleted since it was saved', async () => {
    const media = await fresh();
    const kept = (await media.upload(`${media.user} kept`)).item;
    const deleted = (await media.upload(`${media.user} deleted later`)).item;
    const saved = await database.read((reader) =>
      reader.query<Record<string, SqlValue>>('SELECT * FROM media WHERE created_by = ?', [media.user]),
    );
    const later = (await media.upload(`${media.user} later`, { visibility: 'internal' })).item;
    const brief = (await media.upload(`${media.user} came and went`)).item;
    await media.service.remove(deleted.id, 'ada');
    await media.service.remove(brief.id, 'ada');

    await database.write(async (tx) => {
      await tx.execute('DELETE FROM media WHERE created_by = ?', [media.user]);
      for (const row of saved) {
        const columns = Object.keys(row);
        await tx.execute(
          `INSERT INTO media (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
          Object.values(row),
        );
      }
    });
    await assert.rejects(media.service.get(deleted.id), notFound, 'hidden before any reconcile');
    await aged(media.volume.paths.record(later.id));
    assert.match(await reconcile(media), /1 healed, 1 cleared away/);
    assert.deepEqual(await assertWhole(media), [kept, later]);
    for (const { id } of [deleted, brief]) await assert.rejects(media.service.get(id), notFound);
  });

  it('puts a rotten blob away, says so, and is healed by the same bytes under another name', async () => {
    const media = await fresh();
    const text = `${media.user} will rot`;
    const { item } = await media.upload(text);
    assert.deepEqual(await verifyAll(media), [], 'it is whole');
    const bad = await rot(media.volume, item.sha256);
    assert.deepEqual(await verifyAll(media), [item.sha256]);

    const [kept] = await readdir(media.volume.paths.quarantine);
    assert.equal(sha256Of(await bad.read(kept!)), bad.sha256, 'what was found is kept as it was found');
    const { kind, keptAs, items } = (await finding(item.sha256))!;
    assert.deepEqual({ kind, keptAs, items }, { kind: 'rotten', keptAs: kept, items: 1 });
    assert.deepEqual(await media.service.lost([item]), new Set([item.id]));
    await assert.rejects(served(media, item), notFound, 'and the wrong bytes are not given out');
    await assert.rejects(reconcile(media), /1 file is not whole/);
    assert.equal((await finding(item.sha256))?.kind, 'rotten', 'the reconcile does not make it less');

    const twin = (await media.upload(text, { name: 'again.txt' })).item;
    assert.equal(await finding(item.sha256), undefined, 'cleared with the row');
    for (const one of [item, twin]) assert.equal(await served(media, one), text);
    await reconcile(media);
    assert.deepEqual(await verifyAll(media), []);
  });

  it('says that a blob is missing, and is healed by the same bytes', async () => {
    const media = await fresh();
    const text = `${media.user} will be missing`;
    const { item } = await media.upload(text);
    await unlink(media.volume.paths.blob(item.sha256));
    await assert.rejects(reconcile(media), new RegExp(`${item.id}: its blob is missing`));
    assert.equal((await finding(item.sha256))?.kind, 'missing');
    await media.upload(text);
    assert.equal(await finding(item.sha256), undefined);
    assert.equal(await served(media, item), text);
  });

  it('says nothing more of a damaged file that was deleted', async () => {
    const media = await fresh();
    const { item } = await media.upload(`${media.user} lost, then deleted`);
    await unlink(media.volume.paths.blob(item.sha256));
    await assert.rejects(reconcile(media), /not whole/);
    await media.service.remove(item.id, 'ada');
    assert.equal(await finding(item.sha256), undefined);
    await reconcile(media);
  });

  it('leaves a good copy alone that an upload puts there between the judgement and its execution', async () => {
    const media = await fresh();
    const text = `${media.user} replaced in time`;
    const { item } = await media.upload(text);
    await rot(media.volume, item.sha256);
    const fence = freeFence(() => media.upload(text));
    assert.deepEqual(await verifyAll(media, { fence }), [], 'it put nothing away, and does not say so');
    assert.equal(await served(media, item), text);
    assert.deepEqual(await readdir(media.volume.paths.quarantine), []);
  });

  it('goes on where the run before has stopped, and comes to every blob', async () => {
    const media = await fresh();
    const shas = [];
    for (const n of [1, 2, 3]) {
      const { item } = await media.upload(`${media.user} slice ${n}`);
      await rot(media.volume, item.sha256);
      shas.push(item.sha256);
    }
    const found = new Set<string>();
    for (let runs = 0; found.size < 3 && runs < 20; runs += 1) {
      const { blobs, rotten } = await verify(media, { slice: { bytes: 1, ms: 60_000 } });
      assert.ok(blobs <= 1, `${blobs} blobs in a run that had room for one`);
      for (const sha256 of rotten) found.add(sha256);
    }
    assert.deepEqual([...found].sort(), shas.sort());
  });

  it('verifies nothing on another volume', async () => {
    const media = await fresh();
    const { item } = await media.upload(`${media.user} elsewhere`);
    await rot(media.volume, item.sha256);
    await rm(media.volume.paths.volumeId);
    await assert.rejects(media.volume.requireSpace());
    await assert.rejects(verify(media), /Nothing is verified/);
    assert.deepEqual(await readdir(media.volume.paths.quarantine), []);
  });
});

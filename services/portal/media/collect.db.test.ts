import assert from 'node:assert/strict';
import { link, mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Fence } from '../../agent/types.ts';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import { LeaseLost } from '../../platform/lease/lease.ts';
import { quiet, testVolume } from '../../platform/storage/test-volume.ts';
import { blobsOfForgotten, blobsOfGenerations } from '../generations/keep.ts';
import { createShelves } from '../generations/shelves.ts';
import { manifestOf, publishedApi } from '../generations/test-generation.ts';
import { collect, emptyTrash } from './collect.ts';
import { insertMedia } from './repository.ts';
import { sidecarOf } from './service.ts';
import { freeFence, rot, run, served } from './test-keeping.ts';
import { assertWhole, type TestMedia, testMedia } from './test-media.ts';
import type { MediaItem } from './types.ts';

describe('the collector, on a real database and a real volume', () => {
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

  /** What a draft or a generation names. */
  const elsewhere: string[] = [];
  /** What a forgotten generation named. */
  const buried: string[] = [];
  const parts = (media: TestMedia, fence = freeFence()) => ({
    volume: media.volume,
    media: media.parts,
    namedElsewhere: async () => elsewhere,
    buriedElsewhere: async () => buried,
    log: quiet,
    fence,
    signal: run().signal,
  });
  /** For which every blob is old enough. */
  const collectAll = (media: TestMedia, fence?: Fence) => collect(parts(media, fence), 0);
  const there = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  const inTrash = async (media: TestMedia) =>
    (await readdir(media.volume.paths.trash, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  async function deleted(media: TestMedia, text: string): Promise<MediaItem> {
    const { item } = await media.upload(text);
    await media.service.remove(item.id, 'ada');
    return item;
  }

  /** As an old database does that is put back, together with its backup of the volume's records. */
  async function nameAgain(media: TestMedia, item: MediaItem): Promise<void> {
    const found = await media.parts.sidecars.read(item.id);
    assert.ok(found.state === 'tombstone');
    await rm(media.volume.paths.record(item.id));
    await database.write((tx) => insertMedia(tx, sidecarOf(item, found.tombstone.operationId)));
  }

  /** As if it had been moved there so many days ago. */
  async function lainFor(media: TestMedia, days: number): Promise<void> {
    const { trash } = media.volume.paths;
    const then = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    for (const day of await readdir(trash)) await rename(join(trash, day), join(trash, then));
  }

  it('moves what was deleted, and nothing else', async () => {
    const media = await fresh();
    const { item } = await media.upload(`${media.user} stays`);
    const gone = await deleted(media, `${media.user} goes`);
    const half = await deleted(media, `${media.user} has a twin`);
    const { item: twin } = await media.upload(`${media.user} has a twin`);
    assert.equal(half.sha256, twin.sha256);
    assert.equal(await collectAll(media), 1);
    assert.deepEqual(await inTrash(media), [gone.sha256]);
    assert.equal(await there(media.volume.paths.blob(gone.sha256)), false);
    assert.deepEqual(await assertWhole(media), [item, twin]);
    assert.equal(await collectAll(media), 0);
  });

  it('leaves what is younger than an upload can be', async () => {
    const media = await fresh();
    await deleted(media, `${media.user} just deleted`);
    assert.equal(await collect(parts(media)), 0);
  });

  it('keeps what only a row or only a sidecar names', async () => {
    const media = await fresh();
    const { item: one } = await media.upload(`${media.user} no sidecar`);
    const { item: two } = await media.upload(`${media.user} no row`);
    await unlink(media.volume.paths.record(one.id));
    await database.write((tx) => tx.execute('DELETE FROM media WHERE id = ?', [two.id]));
    assert.equal(await collectAll(media), 0);
    await media.reconcile();
    assert.deepEqual(await assertWhole(media), [one, two]);
  });

  it('keeps what a kept generation names, and lets it go with the generation', async () => {
    const media = await fresh();
    const shelves = createShelves(media.volume);
    const named = async () => [...(await blobsOfGenerations(shelves))];
    const bytes = Buffer.from(
      JSON.stringify({ openapi: '3.1.0', info: { title: media.user, version: '1' } }),
    );
    await shelves.write(
      manifestOf(1, await publishedApi(media.volume, 'pets', { name: 'pets.json', bytes })),
    );
    const blobs = await named();
    assert.ok(blobs.length >= 3, `${blobs.length}`);
    // Media that are deleted with the same bytes change nothing about it.
    const { item } = await media.upload(`${bytes}`);
    assert.ok(blobs.includes(item.sha256));
    await media.service.remove(item.id, 'ada');
    assert.equal(await collect({ ...parts(media), namedElsewhere: named }, 0), 0);
    for (const sha256 of blobs) assert.ok(await there(media.volume.paths.blob(sha256)), sha256);
    const manifest = media.volume.paths.manifest(1);
    const text = await readFile(manifest);
    await writeFile(manifest, '{"v":');
    await assert.rejects(collect({ ...parts(media), namedElsewhere: named }, 0), /manifest is not JSON/);
    await writeFile(manifest, text);
    await shelves.forget(1);
    const buriedElsewhere = () => blobsOfForgotten(shelves);
    const collected = await collect({ ...parts(media), namedElsewhere: named, buriedElsewhere }, 0);
    assert.equal(collected, blobs.length);
    const lying = await inTrash(media); // with the manifest
    for (const sha256 of blobs) assert.ok(lying.includes(sha256), sha256);
  });

  it('collects nothing when a record cannot be read, on another volume, or once another is primary', async () => {
    const media = await fresh();
    const item = await deleted(media, `${media.user} not now`);
    const lost = { ...freeFence(), check: () => Promise.reject(new LeaseLost('another holds it')) };
    await assert.rejects(collectAll(media, lost), LeaseLost);
    const record = media.volume.paths.record(item.id);
    const good = await readFile(record);
    await writeFile(record, '{"v":');
    await assert.rejects(collectAll(media), /cannot be read/);
    await writeFile(record, good);
    await writeFile(media.volume.paths.volumeId, 'another');
    await assert.rejects(media.volume.requireSpace());
    await assert.rejects(collectAll(media), /Nothing is collected/);
    assert.deepEqual(await inTrash(media), []);
  });

  it('puts the brake on when the records of a small library are gone', async () => {
    const media = await fresh();
    for (let n = 0; n < 21; n += 1) await media.upload(`${media.user} ${n}`);
    await database.write((tx) => tx.execute('DELETE FROM media WHERE created_by = ?', [media.user]));
    for (const record of await readdir(media.volume.paths.media))
      await unlink(join(media.volume.paths.media, record));
    await assert.rejects(collectAll(media), /21 of 21 blobs are named by no record/);
    assert.deepEqual(await inTrash(media), []);
  });

  describe('and an upload of the same bytes', () => {
    it('that comes between its look and its move keeps its copy', async () => {
      const media = await fresh();
      const text = `${media.user} race`;
      await deleted(media, text);
      let item: MediaItem | undefined;
      const fence = freeFence(async () => {
        item = (await media.upload(text)).item;
      });
      assert.equal(await collectAll(media, fence), 0);
      assert.deepEqual(await assertWhole(media), [item]);
    });

    it('that comes after its move has a copy of its own', async () => {
      const media = await fresh();
      const text = `${media.user} after`;
      await deleted(media, text);
      assert.equal(await collectAll(media), 1);
      const { item } = await media.upload(text);
      assert.deepEqual(await assertWhole(media), [item]);
    });

    it('whose new file has the old one’s inode number keeps its copy', async () => {
      const media = await fresh();
      const text = `${media.user} inode`;
      const { sha256 } = await deleted(media, text);
      const path = media.volume.paths.blob(sha256);
      const spare = join(media.volume.paths.root, 'spare');
      await link(path, spare);
      let item: MediaItem | undefined;
      const fence = freeFence(async () => {
        item = (await media.upload(text)).item;
        // The file system gives the number of a file that is gone to the next one.
        await writeFile(spare, text);
        await rename(spare, path);
      });
      await collectAll(media, fence);
      assert.equal(await served(media, item!), text, 'without waiting for a reconcile');
    });
  });

  it('thawed before its move, when its blob is named again, it puts it back by itself', async () => {
    const media = await fresh();
    const text = `${media.user} thawed`;
    const item = await deleted(media, text);
    await collectAll(
      media,
      freeFence(() => nameAgain(media, item)),
    );
    assert.equal(await served(media, item), text);
    await media.reconcile();
    assert.deepEqual(await assertWhole(media), [item]);
  });

  it('died after its move, and the blob is named again: the reconcile brings it back, when its bytes are right', async () => {
    const media = await fresh();
    const [good, bad] = [`${media.user} good`, `${media.user} bad`];
    const whole = await deleted(media, good);
    const rotten = await deleted(media, bad);
    await rot(media.volume, rotten.sha256);
    assert.equal(await collectAll(media), 2);
    for (const item of [whole, rotten]) await nameAgain(media, item);
    const { done, losses } = await media.reconcile();
    assert.equal(done['restore-blob'], 1);
    assert.deepEqual(
      losses.map(({ id, reason }) => [id, reason]),
      [[rotten.id, 'its blob is missing, and the copy in the trash is not whole']],
    );
    assert.equal(await served(media, whole), good);
    assert.equal(await there(media.volume.paths.blob(rotten.sha256)), false);
  });

  describe('empties the trash', () => {
    it('of what has lain there for more than seven days', async () => {
      const media = await fresh();
      const item = await deleted(media, `${media.user} old`);
      await collectAll(media);
      await lainFor(media, 7);
      assert.deepEqual(await emptyTrash(parts(media)), { removed: 0, restored: 0 });
      await lainFor(media, 8);
      assert.deepEqual(await emptyTrash(parts(media)), { removed: 1, restored: 0 });
      assert.deepEqual(await readdir(media.volume.paths.trash), []);
      assert.equal(await there(media.volume.paths.blob(item.sha256)), false);
    });

    it('and brings back what is named again', async () => {
      const media = await fresh();
      const text = `${media.user} needed`;
      const item = await deleted(media, text);
      await collectAll(media);
      await lainFor(media, 8);
      await nameAgain(media, item);
      assert.deepEqual(await emptyTrash(parts(media)), { removed: 0, restored: 1 });
      assert.equal(await served(media, item), text);
    });

    it('but not of the last good copy, when the one in its place is rotten', async () => {
      const media = await fresh();
      const text = `${media.user} last copy`;
      await deleted(media, text);
      await collectAll(media);
      await lainFor(media, 8);
      const { item } = await media.upload(text);
      await rot(media.volume, item.sha256);
      await emptyTrash(parts(media));
      assert.deepEqual(await inTrash(media), [item.sha256]);
      await unlink(media.volume.paths.blob(item.sha256)); // as verify-blobs does, into quarantine
      assert.equal((await media.reconcile()).done['restore-blob'], 1);
      assert.equal(await served(media, item), text);
    });

    it('and leaves what is not its own', async () => {
      const media = await fresh();
      await mkdir(join(media.volume.paths.trash, '2020-01-01'));
      await writeFile(join(media.volume.paths.trash, '2020-01-01', 'notes.txt'), 'mine');
      await emptyTrash(parts(media));
      assert.deepEqual(await readdir(join(media.volume.paths.trash, '2020-01-01')), ['notes.txt']);
    });
  });
});

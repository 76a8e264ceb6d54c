/** Forgetting, on a real database and a volume of the test's own. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { stat, unlink, utimes } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Fence } from '../../agent/types.ts';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import { LeaseLost } from '../../platform/lease/lease.ts';
import { restore } from '../../platform/storage/blob-keeping.ts';
import { quiet, testVolume } from '../../platform/storage/test-volume.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { collect } from '../media/collect.ts';
import { freeFence, run } from '../media/test-keeping.ts';
import { type TestMedia, testMedia } from '../media/test-media.ts';
import { forgetGenerations } from './forget.ts';
import { loadGeneration } from './generation.ts';
import { blobsOfForgotten, blobsOfGenerations } from './keep.ts';
import type { PublishedApi } from './manifest.ts';
import { allGenerations, findGeneration, insertGeneration, wantGeneration } from './repository.ts';
import { createShelves, type Shelves } from './shelves.ts';
import { manifestOf, publishedApi } from './test-generation.ts';

const OLD = new Date(Date.now() - 100 * 86_400_000);
/** Numbers that no publish of another test comes near. */
const BASE = 500_000_000 + randomInt(1_000_000) * 100;

interface Place {
  volume: Volume;
  shelves: Shelves;
  media: TestMedia;
  /** What `needed` says. */
  needed: Set<number>;
  add(n: number, options?: { api?: PublishedApi; pinned?: boolean; row?: boolean }): Promise<void>;
  forget(fence?: Fence): ReturnType<typeof forgetGenerations>;
  collect(): Promise<number>;
  rows(): Promise<number[]>;
}

const api = (volume: Volume, name: string) =>
  publishedApi(volume, name, {
    name: `${name}.json`,
    bytes: Buffer.from(JSON.stringify({ openapi: '3.1.0', info: { title: name, version: '1' }, paths: {} })),
  });
const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('forgetting, on a real database and a real volume', () => {
  let database: Router;
  let used = 0;
  const names: string[] = [];

  before(async () => {
    database = (await TestNodes.get()).router();
    await allSynced(database);
  });
  after(async () => {
    for (const name of names)
      await database.write((tx) => tx.execute('DELETE FROM generations WHERE created_by = ?', [name]));
    await database.close();
  });

  /** Two stay by their number. */
  async function place(): Promise<Place & { base: number }> {
    const volume = await testVolume();
    const shelves = createShelves(volume);
    const media = testMedia({ database, volume });
    const base = BASE + 10 * used++;
    names.push(media.user);
    const needed = new Set<number>();
    const own: typeof allGenerations = async (reader) =>
      (await allGenerations(reader)).filter(({ createdBy }) => createdBy === media.user);
    return {
      base,
      volume,
      shelves,
      media,
      needed,
      async add(n, { api, pinned = false, row = true } = {}) {
        const manifest = { ...manifestOf(base + n, ...(api ? [api] : [])), createdBy: media.user };
        const manifestSha256 = await shelves.write(manifest);
        await utimes(volume.paths.manifest(base + n), OLD, OLD);
        if (!row) return;
        const facts = { n: base + n, manifestSha256, apis: 0, versions: 0, note: '', pinned };
        await database.write((tx) =>
          insertGeneration(tx, { ...facts, createdBy: media.user, createdAt: OLD }),
        );
      },
      forget: (fence = freeFence()) =>
        forgetGenerations({
          database,
          volume,
          shelves,
          keeping: { count: 2, days: 30 },
          log: quiet,
          fence,
          signal: run().signal,
          rows: { all: own, needed: async () => new Set(needed) },
        }),
      collect: () =>
        collect(
          {
            volume,
            media: media.parts,
            namedElsewhere: () => blobsOfGenerations(shelves),
            buriedElsewhere: () => blobsOfForgotten(shelves),
            log: quiet,
            fence: freeFence(),
            signal: run().signal,
          },
          0,
        ),
      rows: async () => (await database.read(own)).map(({ n }) => n - base).reverse(),
    };
  }
  const none = { forgotten: [], swept: [], broughtBack: [], lost: [] };

  it('takes rows and manifests of the old ones, and neither what is needed nor what is pinned', async () => {
    const here = await place();
    for (const n of [1, 2, 3, 4, 5]) await here.add(n, { pinned: n === 2 });
    here.needed.add(here.base + 3);
    assert.deepEqual(await here.forget(), { ...none, forgotten: [here.base + 1] });
    assert.deepEqual(await here.rows(), [2, 3, 4, 5]);
    assert.deepEqual(
      await here.shelves.numbers(),
      [2, 3, 4, 5].map((n) => here.base + n),
    );
    assert.deepEqual(await here.forget(), none, 'a second run finds nothing');
  });

  it('leaves what the volume says is current, which a portal serves that starts without the database', async () => {
    const here = await place();
    for (const n of [1, 2, 3]) await here.add(n);
    await here.shelves.raise({ epoch: 9, n: here.base + 1 });
    assert.deepEqual(await here.forget(), none);
  });

  it('the blob that a kept one still names stays, and what the forgotten one alone named goes to the trash', async () => {
    const here = await place();
    const [both, alone] = [await api(here.volume, 'both'), await api(here.volume, 'alone')];
    await here.add(1, { api: { ...both, versions: [...both.versions, ...alone.versions] } });
    await here.add(2, { api: both });
    await here.add(3, { api: both });
    assert.equal(await here.collect(), 0, 'before, all of them are named');
    assert.deepEqual((await here.forget()).forgotten, [here.base + 1]);
    assert.ok((await here.collect()) > 0);
    const paths = ({ versions: [version] }: PublishedApi) =>
      [version!.source, version!.document, version!.compiled].map(({ sha256 }) =>
        here.volume.paths.blob(sha256),
      );
    assert.deepEqual(await Promise.all(paths(both).map(isThere)), [true, true, true]);
    assert.deepEqual(await Promise.all(paths(alone).map(isThere)), [false, false, false]);
  });

  it('the end of so many blobs that a collector would take fright is explained by the forgotten manifest', async () => {
    const here = await place();
    const many: PublishedApi[] = [];
    for (let i = 0; i < 8; i++) many.push(await api(here.volume, `many-${i}`));
    await here.add(1, { api: { ...many[0]!, versions: many.flatMap(({ versions }) => versions) } });
    await here.add(2);
    await here.add(3);
    await here.forget();
    assert.ok((await here.collect()) > 20);
  });

  it('a portal that has begun to load one when it is forgotten, and its blobs are collected, gets it whole', async () => {
    const here = await place();
    const first = await api(here.volume, 'first');
    await here.add(1, { api: first });
    await here.add(2);
    await here.add(3);
    const manifest = await here.shelves.read(here.base + 1);
    await here.forget();
    assert.ok((await here.collect()) > 0);
    const back: string[] = [];
    const generation = await loadGeneration(manifest, {
      pathOf: (sha256) => here.volume.paths.blob(sha256),
      async bringBack(sha256) {
        back.push(sha256);
        return restore(here.volume, sha256, { signal: run().signal });
      },
    });
    assert.equal(generation.version('first').compiled.overview.title, 'first');
    generation.close();
    assert.equal(await here.collect(), new Set(back).size, 'they go again: nothing names them');
  });

  it('asking for its activation meanwhile keeps it: whoever comes second sees the other', async () => {
    const here = await place();
    for (const n of [1, 2, 3]) await here.add(n);
    const fence: Fence = {
      ...freeFence(),
      guard: async () => {
        // Between the look at the rows and the delete, from another connection.
        await database.write((tx) => wantGeneration(tx, here.base + 1));
      },
    };
    assert.deepEqual(await here.forget(fence), none);
    assert.deepEqual(await here.rows(), [1, 2, 3]);
  });

  it('died between the row and the manifest: the next run sweeps it, unless it is young', async () => {
    const here = await place();
    for (const n of [1, 2, 3]) await here.add(n);
    const lost: Fence = { ...freeFence(), check: () => Promise.reject(new LeaseLost('another holds it')) };
    await assert.rejects(here.forget(lost), LeaseLost);
    assert.deepEqual(await here.rows(), [2, 3]);
    assert.ok(await isThere(here.volume.paths.manifest(here.base + 1)), 'and so do its blobs stay');
    await here.shelves.write(manifestOf(here.base + 4));
    assert.deepEqual(await here.forget(), { ...none, swept: [here.base + 1] });
    assert.deepEqual(
      await here.shelves.numbers(),
      [2, 3, 4].map((n) => here.base + n),
    );
  });

  it('a row whose manifest went to the trash gets it back; one whose manifest is nowhere is told', async () => {
    const here = await place();
    for (const n of [1, 2]) await here.add(n);
    await here.shelves.forget(here.base + 1);
    await unlink(here.volume.paths.manifest(here.base + 2));
    assert.deepEqual(await here.forget(), { ...none, broughtBack: [here.base + 1], lost: [here.base + 2] });
    const row = await database.read((reader) => findGeneration(reader, here.base + 1));
    assert.equal((await here.shelves.read(here.base + 1, row!.manifestSha256)).n, here.base + 1);
  });

  it('so many that the database does not know stop it: an old database may have been put back', async () => {
    const here = await place();
    for (const n of [1, 2, 3, 4, 5, 6]) await here.add(n, { row: false });
    await assert.rejects(here.forget(), /rows may be missing/);
    assert.equal((await here.shelves.numbers()).length, 6);
  });
});

/** What is listed without the database is what the database would list: on real MariaDB, with its real collation. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import { quiet, testVolume } from '../../platform/storage/test-volume.ts';
import { openShelf } from './shelf.ts';
import { type TestMedia, testMedia } from './test-media.ts';
import type { MediaPage, MediaQuery, MediaSort } from './types.ts';

const NAMES = [
  'b',
  'a',
  'C',
  'a',
  '100%',
  'under_score',
  'ä',
  'Øre.pdf',
  'Straße',
  'Łódź',
  'đak',
  'x 10',
  'x 9',
  'X-1',
];
const SORTS: MediaSort[] = ['newest', 'oldest', 'name', 'largest'];

// Of the file: one that is made in a hook goes with the hook.
const volume = await testVolume();

describe('the library without its database', () => {
  let database: Router;
  let media: TestMedia;
  let mark: string;
  before(async () => {
    database = (await TestNodes.get()).router();
    await allSynced(database);
    media = testMedia({ database, volume });
    mark = media.user.slice(-8);
    for (const [n, name] of NAMES.entries())
      await media.upload('x'.repeat((n % 4) + 1), { name: `${mark} ${name}` });
  });
  after(async () => {
    await database.write((tx) => tx.execute('DELETE FROM media WHERE created_by = ?', [media.user]));
    await database.close();
  });

  /** Closed at the end of its test, however that ends. */
  const shelf = (t: TestContext) => {
    const opened = openShelf({ volume, sidecars: media.parts.sidecars, log: quiet });
    t.after(() => opened.close());
    return opened;
  };

  /** Each page, in turns from the one and from the other: somebody who pages on while the database goes and comes back. */
  async function paged(query: Omit<MediaQuery, 'limit'>, list: ((q: MediaQuery) => Promise<MediaPage>)[]) {
    const names: string[] = [];
    for (let turn = 0, cursor: string | undefined; ; turn += 1) {
      const page = await list[turn % list.length]!({ ...query, limit: 3, ...(cursor && { cursor }) });
      names.push(...page.items.map(({ name, id }) => `${name} ${id}`));
      cursor = page.nextCursor;
      if (!cursor) return { names, total: page.total };
    }
  }

  it('is listed in the same order, with the same pages, from the one, the other, and both in turns', async (t) => {
    const without = shelf(t as TestContext);
    const [one, other] = [
      (query: MediaQuery) => media.parts.register.list(query),
      (query: MediaQuery) => without.list(query),
    ];
    for (const sort of SORTS) {
      const query = { sort, search: mark };
      const wanted = await paged(query, [one]);
      assert.equal(wanted.total, NAMES.length);
      assert.deepEqual(await paged(query, [other]), wanted, sort);
      assert.deepEqual(await paged(query, [one, other]), wanted, `${sort}, in turns`);
    }
  });

  it('is searched alike', async (t) => {
    const without = shelf(t as TestContext);
    for (const part of [
      'A',
      'ä',
      'o',
      'ø',
      'ore',
      'ss',
      'STRASSE',
      'lodz',
      'd',
      '%',
      '_',
      'x ',
      'X 1',
      'nothing',
    ]) {
      const query: MediaQuery = { sort: 'oldest', search: `${mark} ${part}`, limit: 100 };
      const wanted = await media.parts.register.list(query);
      const found = await without.list(query);
      assert.deepEqual(
        found.items.map(({ name }) => name),
        wanted.items.map(({ name }) => name),
        part,
      );
      assert.equal(found.total, wanted.total);
    }
  });

  it('follows what is uploaded and deleted', async (t) => {
    const without = shelf(t as TestContext);
    const { item } = await media.upload('later', { name: `${mark} later` });
    await without.refresh(item.id);
    const listed = async () =>
      (await without.list({ sort: 'newest', search: `${mark} later`, limit: 10 })).items.map(({ id }) => id);
    assert.deepEqual(await listed(), [item.id]);
    await media.service.remove(item.id, 'ada');
    await without.refresh(item.id);
    assert.deepEqual(await listed(), []);
  });
});

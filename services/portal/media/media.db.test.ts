import assert from 'node:assert/strict';
import { readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ulid } from 'ulid';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes, until } from '../../platform/database/test-nodes.ts';
import { PorticoError } from '../../platform/errors.ts';
import { claimEntry } from '../../platform/storage/inbox-claims.ts';
import { quiet, testVolume } from '../../platform/storage/test-volume.ts';
import { startInbox, takeIn } from './inbox.ts';
import { insertMedia } from './repository.ts';
import { assertWhole, sha256Of, streamOf, type TestMedia, testMedia } from './test-media.ts';

const coded = (code: string) => (error: unknown) => error instanceof PorticoError && error.code === code;
const away = () => new PorticoError('database-unavailable', 'away');

describe('media, on a real database and a real volume', () => {
  let database: Router;
  const users: string[] = [];

  before(async () => {
    database = (await TestNodes.get()).router();
    await allSynced(database);
  });
  after(async () => {
    for (const user of users) {
      await database.write(async (tx) => {
        await tx.execute('DELETE FROM idempotency_keys WHERE principal = ?', [user]);
        await tx.execute('DELETE FROM media WHERE created_by = ?', [user]);
      });
    }
    await database.close();
  });

  async function fresh(onStep?: (step: string) => void): Promise<TestMedia> {
    const media = testMedia({ database, volume: await testVolume(), ...(onStep && { onStep }) });
    users.push(media.user);
    return media;
  }

  it('keeps an upload, and shows it at once', async () => {
    const media = await fresh();
    const { item, replayed } = await media.upload('hello', {
      name: '../Grüße 🏛.txt',
      visibility: 'internal',
    });
    assert.equal(replayed, false);
    assert.deepEqual(
      { ...item, id: '', createdAt: 0 },
      {
        id: '',
        name: 'Grüße 🏛.txt',
        mediaType: 'text/plain',
        size: 5,
        sha256: sha256Of('hello'),
        visibility: 'internal',
        createdBy: media.user,
        createdAt: 0,
      },
    );
    assert.deepEqual(await media.service.get(item.id), item);
    assert.deepEqual((await media.parts.register.find(item.id))?.item, item, 'both records say the same');
    assert.deepEqual(await assertWhole(media), [item]);
  });

  it('deletes for good: also when an older database is put back', async () => {
    const media = await fresh();
    const { item } = await media.upload('to be deleted');
    const found = await media.parts.sidecars.read(item.id);
    await media.service.remove(item.id, 'ada');
    await media.service.remove(item.id, 'ada'); // again is no error
    await assert.rejects(media.service.get(item.id), coded('not-found'));
    assert.deepEqual(await media.rows(), []);
    assert.ok(found.state === 'media');
    await database.write((tx) => insertMedia(tx, found.sidecar));
    await assert.rejects(
      media.service.get(item.id),
      coded('not-found'),
      'the tombstone hides it before any reconcile',
    );
    assert.equal((await media.reconcile()).done['delete-row'], 1);
    assert.deepEqual(await assertWhole(media), []);
    await assert.rejects(media.service.remove(ulid(), 'ada'), coded('not-found'));
    await assert.rejects(media.service.get('../../etc/passwd'), coded('not-found'));
  });

  it('deletes once for each key, and a key that was used for something else buries nothing', async () => {
    const media = await fresh();
    const [{ item: one }, { item: two }] = [await media.upload('one'), await media.upload('two')];
    const keyed = (key: string) => ({ principal: media.user, key });
    assert.deepEqual(await media.service.remove(one.id, 'ada', keyed('d')), { replayed: false });
    assert.deepEqual(await media.service.remove(one.id, 'ada', keyed('d')), { replayed: true });
    await assert.rejects(media.service.remove(two.id, 'ada', keyed('d')), coded('idempotency-mismatch'));
    assert.deepEqual(await assertWhole(media), [two]);

    const unknown = ulid();
    for (const replayed of [false, true]) {
      await assert.rejects(
        media.service.remove(unknown, 'ada', keyed('n')),
        (error: PorticoError) => error.code === 'not-found' && error.replayed === replayed,
      );
    }
    const both = await Promise.all([1, 2].map(() => media.service.remove(two.id, 'ada', keyed('both'))));
    assert.deepEqual(both.map(({ replayed }) => replayed).sort(), [false, true]);
    assert.deepEqual(await assertWhole(media), []);
  });

  it('ends a delete that died between the tombstone and the row, by the next try with its key', async () => {
    const media = await fresh();
    const { item } = await media.upload('half deleted');
    const idempotency = { principal: media.user, key: 'd' };
    const dying = media.with((real) => ({
      remove: (id, options) =>
        real.remove(id, {
          ...options,
          before: async (tx) => {
            await options?.before?.(tx);
            throw new Error('the process died here');
          },
        }),
    }));
    await assert.rejects(dying.service.remove(item.id, 'ada', idempotency), /died here/);
    assert.equal((await media.rows()).length, 1, 'the row was not touched');
    await assert.rejects(media.service.get(item.id), coded('not-found'), 'the tombstone hides it');
    assert.deepEqual(await media.service.remove(item.id, 'ada', idempotency), { replayed: false });
    assert.deepEqual(await media.rows(), []);
    assert.deepEqual(await media.service.remove(item.id, 'ada', idempotency), { replayed: true });
  });

  it('brings back the row, after an older database was put back', async () => {
    const media = await fresh();
    const { item } = await media.upload('a lost row');
    await database.write((tx) => tx.execute('DELETE FROM media WHERE id = ?', [item.id]));
    assert.equal(
      (await media.reconcile()).done.register,
      1,
      'its operation is known, and its row comes back all the same',
    );
    assert.deepEqual(await assertWhole(media), [item]);
  });

  it('brings back the sidecar', async () => {
    const media = await fresh();
    const { item } = await media.upload('a lost sidecar');
    await unlink(media.volume.paths.record(item.id));
    assert.deepEqual(await media.service.get(item.id), item, 'the row answers meanwhile');
    assert.equal((await media.reconcile()).done['write-sidecar'], 1);
    assert.deepEqual(await assertWhole(media), [item]);
  });

  it('reports a row whose bytes are lost, and touches nothing', async () => {
    const media = await fresh();
    const { item } = await media.upload('lost bytes');
    await unlink(media.volume.paths.blob(item.sha256));
    const report = await media.reconcile();
    assert.deepEqual(report.losses, [{ id: item.id, sha256: item.sha256, reason: 'its blob is missing' }]);
    assert.equal((await media.rows()).length, 1);
  });

  it('does nothing at all on another volume', async () => {
    const media = await fresh();
    const { item } = await media.upload('on the right volume');
    await database.write((tx) => tx.execute('DELETE FROM media WHERE id = ?', [item.id]));
    await writeFile(media.volume.paths.volumeId, 'another');
    await assert.rejects(media.volume.requireSpace(), coded('volume-unavailable'));
    assert.match((await media.reconcile()).stopped ?? 'went on', /Another volume/);
    assert.deepEqual(await media.rows(), []);
  });

  it('puts the brake on when many files have lost their bytes at once', async () => {
    const media = await fresh();
    for (let n = 0; n < 21; n += 1) await media.upload(`file ${n}`);
    await rm(media.volume.paths.blobs, { recursive: true });
    const report = await media.reconcile();
    assert.match(report.stopped ?? 'went on', /have lost their bytes at once/);
    assert.equal((await media.rows()).length, 21);
    for (const { id } of await media.rows()) await media.parts.register.remove(id); // the neighbours count rows, too
  });

  describe('when the commit fails', () => {
    it('and was not carried out, nothing shows up, then or later', async () => {
      const media = await fresh();
      const failing = media.with(() => ({ add: () => Promise.reject(away()) }));
      await assert.rejects(failing.upload('never acknowledged'), coded('database-unavailable'));
      const report = await media.reconcile();
      assert.deepEqual([report.done.settle, report.done.register], [1, 0]);
      assert.deepEqual(await assertWhole(media), []);
    });

    it('and was carried out all the same, the file is there', async () => {
      const media = await fresh();
      const failing = media.with((real) => ({
        add: async (sidecar) => {
          await real.add(sidecar);
          throw away();
        },
      }));
      await assert.rejects(failing.upload('committed'), coded('database-unavailable'));
      await media.reconcile();
      const [item] = await assertWhole(media);
      assert.equal(item?.sha256, sha256Of('committed'));
    });

    it('for a reason that is final, everything is cleared away at once', async () => {
      const media = await fresh();
      const failing = media.with(() => ({ add: () => Promise.reject(new Error('a column is missing')) }));
      await assert.rejects(failing.upload('never'), /a column is missing/);
      assert.deepEqual(await assertWhole(media), []);
    });
  });

  describe('when a portal is frozen in the middle of an upload', () => {
    /** Holds back the call of `add` until the other portals have gone on. */
    async function frozenAtCommit(media: TestMedia, meanwhile: () => Promise<unknown>) {
      const frozen = media.with((real) => ({
        add: async (sidecar) => {
          await meanwhile();
          return real.add(sidecar);
        },
      }));
      return frozen.upload('frozen', { name: 'frozen.txt' });
    }

    it('and the reconcile registers its file, the upload still ends well, once', async () => {
      const media = await fresh();
      const { item } = await frozenAtCommit(media, async () => {
        assert.equal((await media.reconcile()).done.register, 1);
      });
      assert.deepEqual(await assertWhole(media), [item]);
    });

    it('and the file is registered and deleted meanwhile, it stays deleted', async () => {
      const media = await fresh();
      const upload = frozenAtCommit(media, async () => {
        await media.reconcile();
        const [row] = await media.rows();
        await media.service.remove(row!.id, 'ada');
      });
      await assert.rejects(upload, coded('conflict'));
      assert.deepEqual(await assertWhole(media), []);
    });

    it('and its sidecar was buried, since its blob was not there, the upload fails and nothing shows up', async () => {
      const media = await fresh();
      const upload = frozenAtCommit(media, async () => {
        // as the reconcile found it, before the blob came
        await unlink(media.volume.paths.blob(sha256Of('frozen')));
        assert.equal((await media.reconcile()).done.settle, 1);
      });
      await assert.rejects(upload, coded('conflict'));
      assert.deepEqual(await assertWhole(media), []);
    });
  });

  describe('with an Idempotency-Key', () => {
    it('the same upload is answered again, and stored once', async () => {
      const media = await fresh();
      const idempotency = { principal: media.user, key: 'k1' };
      const first = await media.upload('once', { idempotency });
      const second = await media.upload('once', { idempotency });
      assert.deepEqual(second, { item: first.item, replayed: true });
      assert.deepEqual(await assertWhole(media), [first.item]);
    });

    it('another upload is refused, and leaves nothing', async () => {
      const media = await fresh();
      const idempotency = { principal: media.user, key: 'k1' };
      const { item } = await media.upload('first', { idempotency });
      await assert.rejects(media.upload('second', { idempotency }), coded('idempotency-mismatch'));
      await assert.rejects(
        media.upload('first', { idempotency, name: 'other' }),
        coded('idempotency-mismatch'),
      );
      assert.deepEqual(await assertWhole(media), [item]);
    });

    it('two at once make one', async () => {
      const media = await fresh();
      const idempotency = { principal: media.user, key: 'k1' };
      const both = await Promise.all([1, 2, 3, 4].map(() => media.upload('at once', { idempotency })));
      const [item, ...others] = await assertWhole(media);
      assert.deepEqual(others, []);
      assert.deepEqual(new Set(both.map((one) => one.item.id)), new Set([item?.id]));
      assert.equal(both.filter(({ replayed }) => !replayed).length, 1);
    });

    it('a retry after a crash does not become a twin', async () => {
      const media = await fresh();
      const idempotency = { principal: media.user, key: 'k1' };
      // The portal died before the commit: the sidecar and the blob are there, and nobody was answered.
      const dying = media.with(() => ({ add: () => new Promise(() => {}) }));
      void dying.upload('retried', { idempotency });
      await untilRecord(media);
      const { item, replayed } = await media.upload('retried', { idempotency });
      assert.equal(replayed, false);
      await media.reconcile();
      assert.deepEqual(await assertWhole(media), [item]);
    });
  });

  it('a file that was copied into the inbox becomes one item, though three portals watch', async () => {
    const media = await fresh();
    const options = {
      database,
      volume: media.volume,
      log: quiet,
      maxUploadBytes: 1000,
      stableMs: 150,
      intervalMs: 300,
    };
    const portals = [1, 2, 3].map(() => startInbox(options));
    const name = `${media.user}.txt`;
    await writeFile(join(media.volume.paths.inbox, name), 'by hand');
    await writeFile(join(media.volume.paths.inbox, 'empty.txt'), '');
    const found = () => media.service.list({ search: media.user, sort: 'newest', limit: 100 });
    await until('it is in the library', 15_000, async () => (await found()).total > 0 || 'not yet', 50);
    await until('the inbox is empty', 15_000, async () => {
      const left = await readdir(media.volume.paths.claims);
      const rejected = await readdir(media.volume.paths.rejected);
      return (left.length === 0 && rejected.length === 2) || `${left} ${rejected}`;
    });
    await Promise.all(portals.map((portal) => portal.close()));
    const { items } = await found();
    assert.deepEqual(
      items.map((item) => [item.name, item.createdBy, item.size]),
      [[name, 'inbox', 7]],
    );
    await media.service.remove(items[0]!.id, 'test');
  });

  it('an inbox file that met a database that was away becomes one item once it is back', async () => {
    const media = await fresh();
    const name = `${media.user}.txt`;
    await writeFile(join(media.volume.paths.inbox, name), 'patience');
    const claim = await claimEntry(media.volume, Buffer.from(name));
    const failing = media.with(() => ({ add: () => Promise.reject(away()) }));
    await assert.rejects(takeIn(failing.parts, media.volume, claim!), coded('database-unavailable'));
    assert.deepEqual(await readdir(media.volume.paths.rejected), [], 'it is not the file’s fault');
    await takeIn(media.parts, media.volume, claim!);
    assert.deepEqual(await readdir(media.volume.paths.claims), []);
    const { items } = await media.service.list({ search: media.user, sort: 'newest', limit: 100 });
    assert.deepEqual(
      items.map((item) => item.name),
      [name],
    );
    await media.service.remove(items[0]!.id, 'test');
  });

  it('lists by every sort, in pages, without a gap or a double, and counts', async () => {
    const media = await fresh();
    const mark = media.user.slice(-8);
    const names = ['b', 'a', 'C', 'a', '100%', 'under_score', 'ä'];
    for (const [n, name] of names.entries())
      await media.upload('x'.repeat((n % 3) + 1), { name: `${mark} ${name}` });
    for (const sort of ['newest', 'oldest', 'name', 'largest'] as const) {
      const whole = await media.service.list({ search: mark, sort, limit: 100 });
      assert.equal(whole.total, names.length);
      const paged = [];
      for (let cursor: string | undefined; ; ) {
        const page = await media.service.list({ search: mark, sort, limit: 2, ...(cursor && { cursor }) });
        paged.push(...page.items);
        cursor = page.nextCursor;
        if (!cursor) break;
      }
      assert.deepEqual(paged, whole.items, sort);
    }
    const found = async (search: string) =>
      (await media.service.list({ search: `${mark} ${search}`, sort: 'name', limit: 100 })).items.map(
        ({ name }) => name,
      );
    assert.deepEqual(await found('100%'), [`${mark} 100%`]);
    assert.deepEqual(await found('%'), [], 'a percent sign stands for itself');
    assert.deepEqual(await found('under_'), [`${mark} under_score`]);
    assert.deepEqual(await found('underxscore'), []);
    assert.deepEqual(await found('c'), [`${mark} C`], 'case is ignored');
    for (const cursor of ['x', 'e30', Buffer.from('{"sort":"name","id":"x"}').toString('base64url')]) {
      await assert.rejects(media.service.list({ sort: 'newest', limit: 2, cursor }), coded('invalid'));
    }
  });

  it('fifty at once are fifty', async () => {
    const media = await fresh();
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => media.upload(`${n % 10}`, { content: streamOf(`${n % 10}`) })),
    );
    assert.equal((await assertWhole(media)).length, 50);
    for (const { id } of await media.rows()) await media.parts.register.remove(id);
  });

  async function untilRecord(media: TestMedia): Promise<void> {
    for (;;) {
      for await (const [id] of media.parts.sidecars.batches(1)) {
        const found = await media.parts.sidecars.read(id ?? '');
        if (found.state === 'media' && (await media.parts.blobs.size(found.sidecar.sha256))) return;
      }
    }
  }
});

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import { PorticoError } from '../../platform/errors.ts';
import { abandonedClaims } from '../../platform/storage/inbox-claims.ts';
import { testVolume } from '../../platform/storage/test-volume.ts';
import type { Call, CrashOrder, Reply } from './crash-child.ts';
import { takeIn } from './inbox.ts';
import type { MediaRegister } from './register.ts';
import { assertWhole, sha256Of, type TestMedia, testMedia } from './test-media.ts';

/** In the order of the write path. The number is how many items one reconcile leaves of an upload that died there. */
const STEPS: [step: string, items: 0 | 1][] = [
  ['received', 0],
  ['staged', 0],
  ['sidecar-drafted', 0],
  ['sidecar-published', 0],
  ['blob-renamed', 1],
  ['blob-published', 1],
  ['committed', 1],
  ['announced', 1],
];

describe('a crash between every two steps', () => {
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

  async function fresh(user?: string): Promise<TestMedia> {
    const media = testMedia({ database, volume: await testVolume(), ...(user && { user }) });
    if (!user) users.push(media.user);
    return media;
  }

  /** @returns the signal that ended the child, or null when it came to its end */
  async function crash(media: TestMedia, order: Pick<CrashOrder, 'action' | 'step' | 'subject'>) {
    const full: CrashOrder = { ...order, root: media.volume.paths.root, user: media.user };
    const child = fork(new URL('./crash-child.ts', import.meta.url), [JSON.stringify(full)], {
      serialization: 'advanced',
    });
    const answers: Promise<unknown>[] = [];
    child.on('message', (call: Call) => {
      const answer = answerFor(media.parts.register, call).then((reply) => {
        if (child.connected) child.send(reply, () => {}); // the child may be dead by now: that is the point
      });
      answers.push(answer);
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    await Promise.all(answers);
    assert.ok(signal === 'SIGKILL' || code === 0, `the child ended with ${code ?? signal}`);
    return signal;
  }

  for (const [step, items] of STEPS) {
    it(`of an upload: after “${step}” one reconcile leaves ${items === 0 ? 'nothing' : 'the whole file'}`, async () => {
      const media = await fresh();
      const other = await media.upload('an older file');
      assert.equal(await crash(media, { action: 'upload', step, subject: 'new' }), 'SIGKILL');
      await media.reconcile();
      const whole = await assertWhole(media);
      assert.deepEqual(
        whole.slice(1).map(({ sha256 }) => sha256),
        items === 0 ? [] : [sha256Of('new')],
      );
      assert.equal(whole[0]?.id, other.item.id);
    });

    it(`of an inbox file: after “${step}” whoever takes it up makes one item, before a reconcile or after it`, async () => {
      for (const reconcileFirst of [false, true]) {
        const media = await fresh('inbox');
        const { paths } = media.volume;
        const before = new Set((await media.rows()).map(({ id }) => id));
        await writeFile(`${paths.inbox}/by hand.txt`, `by hand ${step} ${reconcileFirst}`);
        assert.equal(await crash(media, { action: 'inbox', step, subject: 'by hand.txt' }), 'SIGKILL');
        if (reconcileFirst) await media.reconcile();
        for await (const claim of abandonedClaims(media.volume, 0))
          await takeIn(media.parts, media.volume, claim);
        await media.reconcile();
        const made = (await media.rows()).filter(({ id }) => !before.has(id));
        assert.deepEqual(
          made.map(({ name }) => name),
          ['by hand.txt'],
        );
        assert.deepEqual(await readdir(paths.claims), []);
        assert.deepEqual((await readdir(paths.inbox)).sort(), ['.claimed', 'rejected']);
        assert.deepEqual(await readdir(paths.temporary), []);
        for (const { id } of made) await media.service.remove(id, 'test');
      }
    });
  }

  for (const step of ['refused', 'forbidden']) {
    it(`of an upload whose commit failed: after “${step}” one reconcile leaves nothing`, async () => {
      const media = await fresh();
      assert.equal(await crash(media, { action: 'refused', step, subject: 'never promised' }), 'SIGKILL');
      await media.reconcile();
      assert.deepEqual(await assertWhole(media), []);
    });
  }

  for (const step of ['buried', 'row-deleted']) {
    it(`of a deletion: after “${step}” the file is gone, and stays gone`, async () => {
      const media = await fresh();
      const { item } = await media.upload('to be deleted');
      assert.equal(await crash(media, { action: 'remove', step, subject: item.id }), 'SIGKILL');
      await assert.rejects(media.service.get(item.id), { code: 'not-found' });
      await media.reconcile();
      assert.deepEqual(await assertWhole(media), []);
    });
  }

  it('and no crash: the child’s upload is there', async () => {
    const media = await fresh();
    assert.equal(await crash(media, { action: 'upload', step: 'none', subject: 'whole' }), null);
    assert.equal((await assertWhole(media)).length, 1);
  });
});

async function answerFor(register: MediaRegister, { call, method, args }: Call): Promise<Reply> {
  const run = register[method] as (...args: unknown[]) => Promise<unknown>;
  try {
    return { call, value: await run(...args) };
  } catch (error) {
    if (!(error instanceof PorticoError)) throw error;
    return { call, code: error.code, message: error.message };
  }
}

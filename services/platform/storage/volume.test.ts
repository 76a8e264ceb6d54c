import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../drills/until.ts';
import { openTestVolume, TEST_VOLUME_ID, testDirectory, testVolume } from './test-volume.ts';

test('a volume that is mounted later is found, and then has its directories', async () => {
  const root = await testDirectory();
  const volume = await openTestVolume(root, { intervalMs: 20 });
  assert.deepEqual([volume.state().ok, /no \.volume-id/.test(volume.state().reason)], [false, true]);
  assert.deepEqual(await readdir(root), [], 'nothing is written to what is not the volume');
  await writeFile(volume.paths.volumeId, TEST_VOLUME_ID);
  await until('the volume is there', 5000, async () => volume.state().ok || volume.state().reason, 20);
  assert.ok((await readdir(root)).includes('blobs'));
});

test('a volume that goes away is noticed, with its reason', async () => {
  const volume = await testVolume({ intervalMs: 20 });
  assert.equal(volume.state().ok, true);
  await rm(volume.paths.volumeId);
  await until('its absence is noticed', 5000, async () => !volume.state().ok || 'it counts as there', 20);
  assert.match(volume.state().reason, /not mounted/);
});

test('a volume that hangs counts as gone after its deadline, keeps nobody waiting, and comes back', async () => {
  const root = await testDirectory();
  // Whoever opens a pipe that nobody writes to hangs in the kernel, as on a network file system whose server is away.
  execFileSync('mkfifo', [join(root, '.volume-id')]);
  const began = performance.now();
  const volume = await openTestVolume(root, { deadlineMs: 200, intervalMs: 50 });
  assert.ok(performance.now() - began < 5000);
  assert.match(volume.state().reason, /did not answer within 200 ms/);
  await assert.rejects(volume.requireSpace(), { code: 'volume-unavailable' });
  await writeFile(join(root, '.volume-id'), TEST_VOLUME_ID); // the one that hung goes on, and the next look opens it again
  await rm(join(root, '.volume-id'));
  await writeFile(join(root, '.volume-id'), TEST_VOLUME_ID);
  await until('it is there', 5000, async () => volume.state().ok || volume.state().reason, 20);
});

test('no path leads out of the volume', async () => {
  const { paths } = await testVolume();
  for (const bad of ['..', '../../etc/passwd', '', 'x/y', 'A'.repeat(65), '01ARZ3NDEKTSV4RRFFQ69G5FA/']) {
    assert.throws(() => paths.blob(bad));
    assert.throws(() => paths.record(bad));
    assert.throws(() => paths.marker(bad));
    assert.throws(() => paths.claim(bad));
    assert.throws(() => paths.temp(bad));
  }
  for (const bad of ['..', '.', '', 'a/b', 'a\0b']) {
    assert.throws(() => paths.rejectedFile(bad));
    assert.throws(() => paths.inboxEntry(Buffer.from(bad)));
  }
});

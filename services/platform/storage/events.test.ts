import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { ulid } from 'ulid';
import { until } from '../../drills/until.ts';
import { announce, sweepMarkers, sweepTemporary, watchEvents } from './events.ts';
import { quiet, testVolume } from './test-volume.ts';

for (const polling of [false, true]) {
  test(`a marker reaches whoever watches, and so does its renewal (${polling ? 'polling' : 'told by the kernel'})`, async () => {
    const volume = await testVolume();
    await announce(volume, ulid()); // from before
    const seen: string[] = [];
    after(await watchEvents({ volume, log: quiet, polling }, (id) => seen.push(id)));
    const [first, second] = [ulid(), ulid()];
    await announce(volume, first);
    await announce(volume, second);
    await writeFile(`${volume.paths.events}/notes.txt`, 'not a marker');
    await until(
      'both are seen',
      10_000,
      async () => (seen.includes(first) && seen.includes(second)) || `${seen}`,
      50,
    );
    assert.equal(new Set(seen).size, 2);
    const before = seen.length;
    await announce(volume, first);
    await until('it is seen again', 10_000, async () => seen.length > before || `${seen}`, 50);
    assert.equal(seen.at(-1), first);
  });
}

test('what is old is swept, and what is new is left', async () => {
  const volume = await testVolume();
  await announce(volume, ulid());
  await writeFile(volume.paths.temp(ulid()), 'in the making');
  assert.equal(await sweepMarkers(volume, 60_000), 0);
  assert.equal(await sweepTemporary(volume, 60_000), 0);
  assert.equal(await sweepMarkers(volume, 0), 1);
  assert.equal(await sweepTemporary(volume, 0), 1);
  assert.deepEqual([...(await readdir(volume.paths.events)), ...(await readdir(volume.paths.temporary))], []);
});

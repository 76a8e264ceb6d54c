import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Database } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import { claimEntry } from '../../platform/storage/inbox-claims.ts';
import { testVolume } from '../../platform/storage/test-volume.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { takeIn } from './inbox.ts';
import { type TestMedia, testMedia } from './test-media.ts';

const noDatabase = {} as Database; // none of these comes so far

async function put(media: TestMedia, name: Buffer, make: (path: Buffer) => Promise<unknown>) {
  await make(media.volume.paths.inboxEntry(name));
  const claim = await claimEntry(media.volume, name);
  assert.ok(claim);
  await takeIn(media.parts, media.volume, claim);
}

async function rejected({ paths }: Volume) {
  const names = await readdir(paths.rejected);
  const reason = names.find((name) => name.endsWith('.reason.txt')) ?? '';
  return { names: names.sort(), reason: await readFile(join(paths.rejected, reason), 'utf8') };
}

const bad: [
  title: string,
  name: Buffer,
  make: (path: Buffer) => Promise<unknown>,
  kept: string,
  reason: RegExp,
][] = [
  ['an empty file', Buffer.from('empty.txt'), (path) => writeFile(path, ''), 'empty.txt', /empty/],
  [
    'a file over the limit',
    Buffer.from('big.bin'),
    (path) => writeFile(path, Buffer.alloc(1_000_001)),
    'big.bin',
    /larger than/,
  ],
  ['a directory', Buffer.from('photos'), (path) => mkdir(path), 'photos', /one by one/],
  ['a symbolic link', Buffer.from('link'), (path) => symlink('/etc/passwd', path), 'link', /symbolic link/],
  [
    'a name that is no text',
    Buffer.from([0x61, 0xff, 0x62]),
    (path) => writeFile(path, 'x'),
    'a\ufffdb',
    /not UTF-8/,
  ],
  [
    'a bad file with a newline in its name',
    Buffer.from('a\nb'),
    (path) => writeFile(path, ''),
    'a b',
    /empty/,
  ],
  [
    'a bad file with a very long name',
    Buffer.from(`${'n'.repeat(250)}.txt`),
    (path) => writeFile(path, ''),
    `${'n'.repeat(196)}.txt`,
    /empty/,
  ],
];

for (const [title, name, make, kept, reason] of bad) {
  test(`${title} is moved to rejected/, with the reason beside it`, async () => {
    const media = testMedia({ database: noDatabase, volume: await testVolume() });
    await put(media, name, make);
    const found = await rejected(media.volume);
    assert.deepEqual(found.names, [kept, `${kept}.reason.txt`]);
    assert.match(found.reason, reason);
    assert.deepEqual(await readdir(media.volume.paths.claims), []);
    assert.deepEqual(await readdir(media.volume.paths.temporary), []);
    assert.deepEqual(await readdir(media.volume.paths.media), []);
  });
}

test('a file that changes while it is copied is neither taken nor rejected, nor lost', async () => {
  const media = testMedia({ database: noDatabase, volume: await testVolume() });
  let path = '';
  const { stage } = media.parts.blobs;
  media.parts.blobs.stage = async (content, limits) => {
    const staged = await stage(content, limits);
    await writeFile(path, 'and more', { flag: 'a' });
    return staged;
  };
  await writeFile(join(media.volume.paths.inbox, 'a.txt'), 'begun');
  const claim = await claimEntry(media.volume, Buffer.from('a.txt'));
  path = claim?.file ?? '';
  await assert.rejects(
    takeIn(media.parts, media.volume, claim!),
    (error) => error instanceof PorticoError && /changed while/.test(error.message),
  );
  assert.equal(await readFile(path, 'utf8'), 'begunand more');
  assert.deepEqual(await readdir(media.volume.paths.rejected), []);
  assert.deepEqual(await readdir(media.volume.paths.temporary), []);
});

import assert from 'node:assert/strict';
import {
  appendFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { until } from '../../drills/until.ts';
import { watchInbox } from './inbox.ts';
import {
  abandonedClaims,
  type Claim,
  claimEntry,
  rejectClaim,
  releaseClaim,
  renewClaim,
} from './inbox-claims.ts';
import { planInbox } from './inbox-plan.ts';
import { quiet, testVolume } from './test-volume.ts';
import type { Volume } from './volume.ts';

const FAST = { stableMs: 150, intervalMs: 200, abandonedMs: 60_000 };

/** Watches as a portal does; what it takes lands in `taken`. */
async function aPortal(volume: Volume, taken: string[], options: Partial<typeof FAST> = {}) {
  const close = await watchInbox({ volume, log: quiet, ...FAST, ...options }, async (claim) => {
    taken.push(`${claim.name}: ${await readFile(claim.file, 'utf8')}`);
    await releaseClaim(volume, claim);
  });
  after(close);
}

const settled = (what: string, probe: () => boolean | Promise<boolean>) =>
  until(what, 15_000, async () => (await probe()) || 'not yet', 50);

const plans: [key: string, unchangedMs: number, plan: ReturnType<typeof planInbox>][] = [
  ['photo.jpg', 3000, 'claim'],
  ['photo.jpg', 1000, 'wait'],
  ['photo.jpg.part', 3000, 'ignore'],
  ['photo.jpg.TMP', 3000, 'ignore'],
  ['download.crdownload', 3000, 'ignore'],
  ['notes~', 3000, 'ignore'],
  ['.claimed', 3000, 'ignore'],
  ['rejected', 3000, 'ignore'],
];
for (const [key, unchangedMs, plan] of plans) {
  test(`${key}, unchanged for ${unchangedMs} ms: ${plan}`, () => {
    assert.equal(planInbox({ key, unchangedMs }, 2000), plan);
  });
}

test('several portals watch, and each file is taken once', async () => {
  const volume = await testVolume();
  await writeFile(join(volume.paths.inbox, 'before.txt'), 'was there before');
  const taken: string[] = [];
  for (let n = 0; n < 3; n += 1) await aPortal(volume, taken);
  const names = ['a.txt', 'two\nlines.txt', 'Grüße "🏛".txt', '%2e%2e.txt'];
  for (const name of names) await writeFile(join(volume.paths.inbox, name), name);
  await settled('all are taken', () => taken.length >= names.length + 1);
  await settled('no claim is left', async () => (await readdir(volume.paths.claims)).length === 0);
  assert.deepEqual(
    taken.sort(),
    ['before.txt: was there before', ...names.map((name) => `${name}: ${name}`)].sort(),
  );
});

test('a file that still grows is waited for; one in progress and a hidden one are left alone', async () => {
  const volume = await testVolume();
  const taken: string[] = [];
  await writeFile(join(volume.paths.inbox, 'copying.bin.part'), 'half');
  await writeFile(join(volume.paths.inbox, '.hidden'), 'x');
  // Far longer than the copier's pace: on a busy machine a write can come a second late.
  await aPortal(volume, taken, { stableMs: 3000 });
  const path = join(volume.paths.inbox, 'growing.txt');
  for (let n = 0; n < 8; n += 1) {
    await appendFile(path, `${n}`);
    await new Promise((resolve) => setTimeout(resolve, 60)); // the copier's own pace
  }
  await settled('it is taken', () => taken.length > 0);
  assert.deepEqual(taken, ['growing.txt: 01234567']);
  await rename(join(volume.paths.inbox, 'copying.bin.part'), join(volume.paths.inbox, 'copying.bin'));
  await settled('it is taken under its final name', () => taken.length > 1);
  assert.deepEqual(taken.slice(1), ['copying.bin: half']);
  assert.deepEqual((await readdir(volume.paths.inbox)).sort(), ['.claimed', '.hidden', 'rejected']);
});

test('a name that is no text is taken all the same, and comes with its bytes', async () => {
  const volume = await testVolume();
  const name = Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x74]);
  await writeFile(volume.paths.inboxEntry(name), 'x');
  const claims: Claim[] = [];
  const close = await watchInbox({ volume, log: quiet, ...FAST }, async (claim) => {
    claims.push(claim);
    await releaseClaim(volume, claim);
  });
  after(close);
  await settled('it is taken', () => claims.length > 0);
  assert.deepEqual(claims[0]?.name, name);
});

test('what one portal could not finish is taken up again, under the same ids', async () => {
  const volume = await testVolume();
  await writeFile(join(volume.paths.inbox, 'a.txt'), 'x');
  const claims: Claim[] = [];
  const close = await watchInbox({ volume, log: quiet, ...FAST, abandonedMs: 300 }, async (claim) => {
    claims.push(claim);
    if (claims.length === 1) throw new Error('the database is away');
    await releaseClaim(volume, claim);
  });
  after(close);
  await settled('it is taken again', () => claims.length === 2);
  assert.deepEqual(claims[0], claims[1]);
});

test('of two who claim at once one has the file', async () => {
  const volume = await testVolume();
  await writeFile(join(volume.paths.inbox, 'a.txt'), 'x');
  const claims = await Promise.all([1, 2, 3].map(() => claimEntry(volume, Buffer.from('a.txt'))));
  assert.equal(claims.filter(Boolean).length, 1);
  assert.equal((await readdir(volume.paths.claims)).length, 1, 'the others leave nothing');
});

test('a claim whose holder died before it had the file goes away, and one that beats is nobody else’s', async () => {
  const volume = await testVolume();
  await writeFile(join(volume.paths.inbox, 'a.txt'), 'x');
  const dead = await claimEntry(volume, Buffer.from('a.txt'));
  await rename(dead!.file, join(volume.paths.inbox, 'a.txt'));
  const old = new Date(Date.now() - 120_000);
  await utimes(volume.paths.claim(dead!.id).note, old, old);
  const alive = await claimEntry(volume, Buffer.from('a.txt'));
  for await (const claim of abandonedClaims(volume, 60_000)) assert.fail(`${claim.id} is not abandoned`);
  assert.deepEqual(await readdir(volume.paths.claims), [alive?.id]);
});

test('a claim whose note is lost still has its file', async () => {
  const volume = await testVolume();
  await writeFile(join(volume.paths.inbox, 'a.txt'), 'x');
  const claim = await claimEntry(volume, Buffer.from('a.txt'));
  await writeFile(volume.paths.claim(claim!.id).note, '{"v":');
  const found: Claim[] = [];
  for await (const one of abandonedClaims(volume, 0)) found.push(one);
  assert.deepEqual(
    found.map(({ id, name }) => [id, `${name}`]),
    [[claim?.id, 'file']],
  );
});

test('a renewed claim has new ids and the same file', async () => {
  const volume = await testVolume();
  await writeFile(join(volume.paths.inbox, 'a.txt'), 'x');
  const claim = await claimEntry(volume, Buffer.from('a.txt'));
  const renewed = await renewClaim(volume, claim!);
  assert.notEqual(renewed?.id, claim?.id);
  assert.deepEqual(renewed?.name, claim?.name);
  assert.equal(await readFile(renewed!.file, 'utf8'), 'x');
  assert.deepEqual(await readdir(volume.paths.claims), [renewed?.id]);
});

test('what is rejected lies in rejected/ with its reason, and nothing there is overwritten', async () => {
  const volume = await testVolume();
  for (let n = 0; n < 2; n += 1) {
    await writeFile(join(volume.paths.inbox, 'bad.txt'), `${n}`);
    const claim = await claimEntry(volume, Buffer.from('bad.txt'));
    await rejectClaim(volume, claim!, 'bad.txt', 'The file is empty.');
  }
  const names = (await readdir(volume.paths.rejected)).sort();
  assert.equal(names.length, 4);
  assert.equal(await readFile(join(volume.paths.rejected, 'bad.txt'), 'utf8'), '0');
  assert.equal(
    await readFile(join(volume.paths.rejected, 'bad.txt.reason.txt'), 'utf8'),
    'The file is empty.\n',
  );
  assert.deepEqual(await readdir(volume.paths.claims), []);
});

test('a directory and a link are handed over too, for whoever takes them to reject', async () => {
  const volume = await testVolume();
  await mkdir(join(volume.paths.inbox, 'a directory'));
  await symlink('/etc/passwd', join(volume.paths.inbox, 'a link'));
  const kinds: string[] = [];
  const close = await watchInbox({ volume, log: quiet, ...FAST }, async (claim) => {
    kinds.push(`${claim.name} ${(await lstat(claim.file)).isFile()}`);
    await rejectClaim(volume, claim, `${claim.name}`, 'It is not a file.');
  });
  after(close);
  await settled('both are seen', () => kinds.length === 2);
  assert.deepEqual(kinds.sort(), ['a directory false', 'a link false']);
});

/** From one cluster into another, on a real database: the other one is a volume and a key of its own. */
import assert from 'node:assert/strict';
import { readdir, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { ulid } from 'ulid';
import type { Router } from '../../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../../platform/database/test-nodes.ts';
import type { Database } from '../../../platform/database/types.ts';
import { PorticoError } from '../../../platform/errors.ts';
import { testVolume } from '../../../platform/storage/test-volume.ts';
import type { Volume } from '../../../platform/storage/volume.ts';
import { createVolumeBlobStore } from '../../../platform/storage/volume-blob-store.ts';
import { loadGeneration } from '../generation.ts';
import { findCurrent, findGeneration } from '../repository.ts';
import { createShelves } from '../shelves.ts';
import { manifestOf, publishedApi } from '../test-generation.ts';
import type { SigningKey } from './keys.ts';
import { createExchange } from './service.ts';
import { exported, pieces, testKey } from './test-exchange.ts';

const coded = (code: string, sentence: RegExp) => (error: unknown) =>
  error instanceof PorticoError && error.code === code && sentence.test(error.message);

describe('an import, on a real database and a real volume', async () => {
  let database: Router;
  const by = `test-${ulid()}`;
  const publisher = { by };
  const staging = testKey();
  const name = `staging-${ulid()}`;
  const other = await testVolume();

  before(async () => {
    database = (await TestNodes.get()).router();
    await allSynced(database);
    await here(other).trust({ name, publicKey: staging.publicKey }, publisher);
  });
  after(async () => {
    await database.write(async (tx) => {
      await tx.execute(
        'DELETE FROM generation_origins WHERE n IN (SELECT n FROM generations WHERE created_by = ?)',
        [by],
      );
      await tx.execute('DELETE FROM generations WHERE created_by = ?', [by]);
      await tx.execute('DELETE FROM trusted_keys WHERE added_by = ?', [by]);
    });
    await database.close();
  });

  const here = (volume: Volume, signingKey: SigningKey = testKey(), db: Database = database) =>
    createExchange({
      database: db,
      shelves: createShelves(volume),
      blobs: createVolumeBlobStore(volume),
      signingKey,
    });

  /** Of the other cluster: another one each time. */
  async function file(key = staging): Promise<Buffer> {
    const title = `api ${ulid()}`;
    const text = JSON.stringify({ openapi: '3.1.0', info: { title, version: '1' }, paths: {} });
    const api = await publishedApi(other, 'game', { name: 'game.json', bytes: Buffer.from(text) });
    return exported(other, manifestOf(41, api), key);
  }
  const stream = (bytes: Buffer) => Readable.from(pieces(bytes), { objectMode: false });
  const take = (volume: Volume, bytes: Buffer) => here(volume).imported(stream(bytes), publisher);
  const leftOn = async ({ paths }: Volume) => [
    ...(await readdir(paths.temporary)),
    ...(await readdir(paths.blobs)),
    ...(await readdir(paths.generations)),
  ];

  it('is kept under a number of its own, says where it came from, and is not made current', async () => {
    const volume = await testVolume();
    const current = await database.read(findCurrent);
    const { info, made } = await take(volume, await file());
    assert.equal(made, true);
    assert.deepEqual(info.origin, { cluster: name, n: 41, fingerprint: staging.fingerprint });
    assert.equal(info.isCurrent, false);
    assert.deepEqual(await database.read(findCurrent), current);
    const manifest = await createShelves(volume).read(info.n, info.manifestSha256);
    assert.deepEqual([manifest.n, manifest.createdBy, manifest.origin?.n], [info.n, by, 41]);
    const generation = await loadGeneration(manifest, { pathOf: (sha256) => volume.paths.blob(sha256) });
    assert.equal(generation.version('game').compiled.overview.title, generation.api('game').title);
    generation.close();
    assert.deepEqual(await readdir(volume.paths.temporary), []);
  });

  it('of the same file is the same generation, and puts back what it had lost', async () => {
    const volume = await testVolume();
    const bytes = await file();
    const first = await take(volume, bytes);
    const { apis } = await createShelves(volume).read(first.info.n);
    const lost = volume.paths.blob(apis[0]!.versions[0]!.document.sha256);
    await unlink(lost);
    const second = await take(volume, bytes);
    assert.deepEqual([second.made, second.info.n], [false, first.info.n]);
    assert.ok((await readdir(lost.slice(0, lost.lastIndexOf('/')))).length > 0);
    assert.deepEqual(await createShelves(volume).numbers(), [first.info.n]);
  });

  it('of the same file by two portals at once is one generation', async () => {
    const volume = await testVolume();
    const bytes = await file();
    const both = await Promise.all([take(volume, bytes), take(volume, bytes)]);
    assert.equal(both[0].info.n, both[1].info.n);
    assert.deepEqual(both.map(({ made }) => made).sort(), [false, true]);
    assert.deepEqual(await createShelves(volume).numbers(), [both[0].info.n], 'the other number is given up');
  });

  it('of two files at once are two generations', async () => {
    const volume = await testVolume();
    const both = await Promise.all([take(volume, await file()), take(volume, await file())]);
    assert.notEqual(both[0].info.n, both[1].info.n);
  });

  it('of what this cluster itself exported is that generation', async () => {
    const volume = await testVolume();
    const key = testKey();
    const { info } = await here(volume, key).imported(stream(await file()), publisher);
    const { size, content } = await here(volume, key).exported(info.n);
    const bytes = await buffer(content);
    assert.equal(bytes.length, size);
    const again = await here(volume, key).imported(stream(bytes), publisher);
    assert.deepEqual([again.made, again.info.n], [false, info.n]);
  });

  it('under one Idempotency-Key is one answer, and another file under it is refused', async () => {
    const volume = await testVolume();
    const keyed = { by, idempotency: { principal: `token ${by}`, key: ulid() } };
    const bytes = await file();
    const first = await here(volume).imported(stream(bytes), keyed);
    const again = await here(volume).imported(stream(bytes), keyed);
    assert.deepEqual([first.replayed, again.replayed, again.info.n], [false, true, first.info.n]);
    await assert.rejects(
      here(volume).imported(stream(await file()), keyed),
      coded('idempotency-mismatch', /another request/),
    );
  });

  it('is refused while its key is not trusted, or no longer, and leaves nothing', async () => {
    const volume = await testVolume();
    const key = testKey();
    const bytes = await file(key);
    await assert.rejects(take(volume, bytes), coded('untrusted', /not trusted here/));
    assert.deepEqual(await leftOn(volume), []);
    const exchange = here(volume);
    const named = `${name}-2`;
    await exchange.trust({ name: named, publicKey: key.publicKey }, publisher);
    await exchange.distrust(named, publisher);
    await assert.rejects(take(volume, bytes), coded('untrusted', /not trusted here/));
    await exchange.trust({ name: named, publicKey: key.publicKey }, publisher);
    assert.equal((await take(volume, bytes)).info.origin?.cluster, named);
  });

  it('that was cut off leaves nothing', async () => {
    const volume = await testVolume();
    const bytes = await file();
    await assert.rejects(
      take(volume, bytes.subarray(0, bytes.length - 2000)),
      coded('bundle-invalid', /cut off/),
    );
    assert.deepEqual(await leftOn(volume), []);
  });

  it('whose row could not be written is not visible, and the next try makes it', async () => {
    const volume = await testVolume();
    const bytes = await file();
    const down: Database = {
      ...bound(database),
      write: async () => {
        throw new PorticoError('database-unavailable', 'The database is away.');
      },
    };
    await assert.rejects(here(volume, testKey(), down).imported(stream(bytes), publisher), /away/);
    const [n] = await createShelves(volume).numbers();
    assert.equal(await database.read((reader) => findGeneration(reader, n!)), undefined);
    const { info, made } = await take(volume, bytes);
    assert.deepEqual([made, info.n > n!], [true, true]);
  });

  const refused: [what: string, key: { name: string; publicKey: string }, code: string, sentence: RegExp][] =
    [
      [
        'a name with a blank',
        { name: 'this cluster', publicKey: testKey().publicKey },
        'invalid',
        /name of a key/,
      ],
      ['what is no key', { name: 'x', publicKey: 'ssh-ed25519 AAAA' }, 'invalid', /public key is one word/],
      ['a name twice', { name, publicKey: testKey().publicKey }, 'conflict', /trusted already/],
      ['a key twice', { name: `${name}-3`, publicKey: staging.publicKey }, 'conflict', /trusted already/],
    ];
  for (const [what, key, code, sentence] of refused)
    it(`${what} is not trusted`, async () => {
      const exchange = here(await testVolume());
      await assert.rejects(exchange.trust(key, publisher), coded(code, sentence));
    });

  it('its own key is not one to be trusted', async () => {
    const key = testKey();
    const exchange = here(await testVolume(), key);
    await assert.rejects(
      exchange.trust({ name: 'me', publicKey: key.publicKey }, publisher),
      coded('conflict', /this very cluster/),
    );
  });
});

/** Its methods, for an object that has one of them otherwise. */
function bound(database: Router): Database {
  return {
    read: database.read.bind(database),
    write: database.write.bind(database),
    nodes: () => database.nodes(),
    writer: () => database.writer(),
    silentMs: () => database.silentMs(),
    away: () => database.away(),
    close: () => database.close(),
  };
}

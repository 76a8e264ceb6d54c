import assert from 'node:assert/strict';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { PorticoError } from '../../platform/errors.ts';
import { blobsAfter, restore, trash } from '../../platform/storage/blob-keeping.ts';
import { testVolume } from '../../platform/storage/test-volume.ts';
import { fixture } from '../../specs/test-specs.ts';
import { loadGeneration } from './generation.ts';
import type { PublishedApi } from './manifest.ts';
import { manifestOf, publishedApi } from './test-generation.ts';

const lost = (sentence: RegExp) => (error: unknown) =>
  error instanceof PorticoError && error.code === 'blob-lost' && sentence.test(error.message);

describe('a generation in memory', async () => {
  const volume = await testVolume();
  const given = (name: string) => ({ name, bytes: fixture(name) });
  const pathOf = (sha256: string) => volume.paths.blob(sha256);
  const load = (...apis: PublishedApi[]) => loadGeneration(manifestOf(3, ...apis), { pathOf });

  const game = await publishedApi(volume, 'game', given('tictactoe.yaml'));
  const patents = await publishedApi(volume, 'patents', given('uspto.yaml'));

  it('has each API, its versions and what is shown of them', async () => {
    const generation = await load(game, patents);
    const { version, compiled } = generation.version('game');
    assert.deepEqual(
      [version.name, compiled.entryIds.length, generation.api('patents').title],
      ['1.0.0', 4, 'USPTO Data Set API'],
    );
    assert.equal(generation.version('game', '1.0.0').compiled, compiled);
    assert.equal(generation.bytes, game.versions[0]!.compiled.size + patents.versions[0]!.compiled.size);
    const unknown: [string, string | undefined][] = [
      ['game', '9'],
      ['other', undefined],
    ];
    for (const [api, wanted] of unknown)
      assert.throws(
        () => generation.version(api, wanted),
        (error: PorticoError) => error.code === 'not-found',
      );
  });

  it('takes over what another one holds already, without reading it again', async () => {
    const known = await load(game);
    const fresh = await publishedApi(await testVolume(), 'game', given('tictactoe.yaml'));
    const next = await loadGeneration(manifestOf(4, fresh), {
      known,
      pathOf: () => assert.fail('a blob was read again'),
    });
    assert.equal(next.version('game').compiled, known.version('game').compiled);
  });

  const harm: [
    what: string,
    blob: 'source' | 'document' | 'compiled',
    sentence: RegExp,
    harm: (path: string) => Promise<void>,
  ][] = [
    ['missing', 'document', /is missing/, (path) => rm(path)],
    ['cut short', 'source', /has 10 bytes in place of/, (path) => truncate(path, 10)],
    ['changed, as long as before', 'compiled', /is damaged/, (path) => writeFile(path, 'x', { flag: 'r+' })],
  ];
  for (const [what, blob, sentence, doHarm] of harm)
    it(`is not loaded when a blob is ${what}`, async () => {
      const own = await testVolume();
      const api = await publishedApi(own, 'game', given('tictactoe.yaml'));
      await doHarm(own.paths.blob(api.versions[0]![blob].sha256));
      const loading = loadGeneration(manifestOf(3, api), { pathOf: (sha256) => own.paths.blob(sha256) });
      await assert.rejects(loading, lost(sentence));
    });

  it('is whole when what is missing lies in the trash', async () => {
    const own = await testVolume();
    const api = await publishedApi(own, 'game', given('tictactoe.yaml'));
    const signal = new AbortController().signal;
    for await (const blob of blobsAfter(own, '')) assert.ok(await trash(own, blob));
    const generation = await loadGeneration(manifestOf(3, api), {
      pathOf: (sha256) => own.paths.blob(sha256),
      bringBack: (sha256) => restore(own, sha256, { signal }),
    });
    assert.equal(generation.version('game').compiled.entryIds.length, 4);
  });

  it('ends early when nobody wants it any more', async () => {
    const gone = AbortSignal.abort(new Error('superseded'));
    await assert.rejects(loadGeneration(manifestOf(3, game), { pathOf, signal: gone }), /superseded/);
  });
});

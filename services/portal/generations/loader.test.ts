import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { testVolume } from '../../platform/storage/test-volume.ts';
import { fixture } from '../../specs/test-specs.ts';
import { createLoader, type Loader } from './loader.ts';
import { manifestOf, publishedApi } from './test-generation.ts';

describe('the generations in memory', async () => {
  const volume = await testVolume();
  const api = await publishedApi(volume, 'game', {
    name: 'tictactoe.yaml',
    bytes: fixture('tictactoe.yaml'),
  });
  const manifest = (n: number) => manifestOf(n, api);
  const loaders: Loader[] = [];
  after(() => {
    for (const loader of loaders) loader.close();
  });

  /** Loads 1, 2, 3 and 4, each while the one before is served. @returns which are there after each */
  async function inTurn(options: Parameters<typeof createLoader>[1]): Promise<string[]> {
    const loader = createLoader({ pathOf: volume.paths.blob }, options);
    loaders.push(loader);
    const there: string[] = [];
    let served: Awaited<ReturnType<Loader['load']>> | undefined;
    for (const n of [1, 2, 3, 4]) {
      served = await loader.load(manifest(n), served);
      there.push([1, 2, 3, 4].filter((one) => loader.has(one)).join(' '));
    }
    return there;
  }

  it('are what is served, what was served before it, and one that is on its way', async () => {
    assert.deepEqual(await inTurn({}), ['1', '1 2', '1 2 3', '2 3 4']);
  });

  it('are what is served and one that is on its way, when they are large', async () => {
    assert.deepEqual(await inTurn({ maxBytes: 1 }), ['1', '1 2', '2 3', '3 4']);
  });

  it('are loaded once for all who ask at once', async () => {
    const loader = createLoader({ pathOf: volume.paths.blob });
    loaders.push(loader);
    const [one, two] = await Promise.all([loader.load(manifest(7)), loader.load(manifest(7))]);
    assert.equal(one, two);
  });
});

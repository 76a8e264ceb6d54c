import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { PorticoError } from '../../../platform/errors.ts';
import { testDirectory, testVolume } from '../../../platform/storage/test-volume.ts';
import { createVolumeBlobStore } from '../../../platform/storage/volume-blob-store.ts';
import { fixture } from '../../../specs/test-specs.ts';
import { rot } from '../../media/test-keeping.ts';
import { loadGeneration } from '../generation.ts';
import { blobsOf, manifestText, type PublishedApi } from '../manifest.ts';
import { hashOfText } from '../shelves.ts';
import { manifestOf, publishedApi } from '../test-generation.ts';
import { bundleOf, unbundle } from './bundle.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';
import { exported, pieces, testKey } from './test-exchange.ts';

describe('a generation as a file', async () => {
  const from = await testVolume();
  const key = testKey();
  const stranger = testKey();
  const api = await publishedApi(from, 'game', { name: 'tictactoe.yaml', bytes: fixture('tictactoe.yaml') });
  const manifest = manifestOf(41, api);
  const file = await exported(from, manifest, key);
  const blobs = blobsOf(manifest);

  async function take(bytes: Buffer, chunk?: number) {
    const to = await testVolume();
    const trusted = async (fingerprint: string) => (fingerprint === key.fingerprint ? 'staging' : undefined);
    return {
      to,
      taken: unbundle(pieces(bytes, chunk), { blobs: createVolumeBlobStore(to), trusted }),
    };
  }

  it('arrives whole, and renders elsewhere with nothing but itself', async () => {
    const { to, taken } = await take(file);
    const { blobs: staged, ...said } = await taken;
    assert.deepEqual(said, {
      manifest,
      manifestSha256: hashOfText(manifestText(manifest)),
      signer: 'staging',
      fingerprint: key.fingerprint,
    });
    assert.deepEqual(await readdir(to.paths.blobs), [], 'nothing is visible before it is published');
    for (const one of staged) await one.publish();
    const generation = await loadGeneration(said.manifest, { pathOf: (sha256) => to.paths.blob(sha256) });
    assert.equal(generation.version('game').compiled.entryIds.length, 4);
    generation.close();
  });

  it('has the length that it says, and is the same byte for byte when it is exported again', async () => {
    const { open } = createVolumeBlobStore(from);
    assert.equal(bundleOf(manifestText(manifest), key, open).size, file.length);
    assert.deepEqual(await exported(from, manifest, key), file);
  });

  it('is a tar that tar can list', async () => {
    const path = join(await testDirectory(), 'gen-41.portico');
    await writeFile(path, file);
    const { stdout } = await promisify(execFile)('tar', ['-tf', path]);
    const names = ['manifest.json', 'signature.json', ...blobs.map(({ sha256 }) => `blobs/${sha256}`)];
    assert.deepEqual(stdout.trim().split('\n'), names);
  });

  for (const chunk of [1, 511, 512, 513, 100_000])
    it(`arrives in pieces of ${chunk} bytes`, async () => {
      const { taken } = await take(file, chunk);
      for (const one of (await taken).blobs) await one.discard();
    });

  it('cannot be made of a damaged blob', async () => {
    const volume = await testVolume();
    const own = await publishedApi(volume, 'game', { name: 'g.yaml', bytes: fixture('tictactoe.yaml') });
    await rot(volume, own.versions[0]!.document.sha256);
    await assert.rejects(exported(volume, manifestOf(1, own), key), /is damaged: it cannot be exported/);
  });

  const entry = (name: string, bytes: Buffer) =>
    Buffer.concat([tarHeader(name, bytes.length, new Date(0)), bytes, tarPadding(bytes.length)]);
  /** Without its end. */
  const body = file.subarray(0, file.length - tarEnd().length);
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 1;
    return copy;
  };
  const at = (text: string, bytes = file) => {
    const found = bytes.indexOf(text);
    assert.ok(found >= 0, `${text} is not in the file`);
    return found;
  };
  const cutBefore = (name: string) => file.subarray(0, at(name));
  const last = blobs.at(-1)!.sha256;
  const foreign = await exported(from, manifest, stranger);
  const other = await exported(from, { ...manifest, note: 'another' }, key);
  /** The signature of another manifest of the same key. */
  const swapped = Buffer.concat([
    file.subarray(0, at('signature.json')),
    other.subarray(at('signature.json', other), at('blobs/', other)),
    file.subarray(at('blobs/')),
  ]);
  const newer = (change: (api: PublishedApi) => unknown): Promise<Buffer> => {
    const copy = structuredClone(api);
    change(copy);
    return exported(from, manifestOf(41, copy), key);
  };

  const table: [what: string, file: Buffer, sentence: RegExp, code?: string][] = [
    [
      'a flipped byte in a blob',
      flipped(file, at(`blobs/${last}`) + 600),
      /^The blob \w{12}… in the file is damaged: its bytes have another hash/,
    ],
    [
      'a flipped byte in the manifest',
      flipped(file, at('"note"') + 8),
      /^The manifest in the file is not the one that was signed/,
    ],
    [
      'a flipped byte in the signature',
      flipped(file, at('"signature":"') + 20),
      /^The signature in the file is not one of the key SHA256:\S+ \(staging\)/,
    ],
    [
      'a signature that is no JSON',
      flipped(file, at('{"v":1,"publicKey"')),
      /^The signature in the file cannot be read/,
    ],
    [
      'a flipped byte in a header',
      flipped(file, at(`blobs/${last}`)),
      /^The file is damaged: what stands between its entries/,
    ],
    ['the signature of another manifest', swapped, /not the one that was signed/],
    ['cut off in a blob', file.subarray(0, at(`blobs/${last}`) + 600), /^The file is cut off/],
    ['cut off in a header', file.subarray(0, at(`blobs/${last}`) + 100), /^The file is cut off/],
    ['cut off between two entries', cutBefore(`blobs/${last}`), /^The file is cut off/],
    ['cut off in its end', file.subarray(0, -1), /^The file is cut off/],
    ['empty', Buffer.alloc(0), /^The file is cut off/],
    [
      'an ended file that lacks a blob',
      Buffer.concat([cutBefore(`blobs/${last}`), tarEnd()]),
      /^A blob that its manifest names is not in the file/,
    ],
    [
      'an entry that the manifest does not name',
      Buffer.concat([body, entry(`blobs/${'0'.repeat(64)}`, Buffer.from('x')), tarEnd()]),
      /^There is “blobs\/0+” in the file, which its manifest does not name/,
    ],
    [
      'a name that leads elsewhere',
      Buffer.concat([body, entry('../../CURRENT', Buffer.from('x')), tarEnd()]),
      /^There is “\.\.\/\.\.\/CURRENT” in the file/,
    ],
    [
      'a blob twice',
      Buffer.concat([body, file.subarray(at(`blobs/${last}`), -1024), tarEnd()]),
      /is in the file twice/,
    ],
    [
      'a blob of another size',
      Buffer.concat([cutBefore(`blobs/${last}`), entry(`blobs/${last}`, Buffer.from('x')), tarEnd()]),
      /has 1 bytes in the file, and \d+ in its manifest/,
    ],
    ['something behind its end', Buffer.concat([file, Buffer.from('x')]), /^Something stands behind the end/],
    ['no export at all', Buffer.from('PK'.repeat(1000)), /^The file is not an export of Portico/],
    [
      'a tar of something else',
      Buffer.concat([entry('photo.jpg', Buffer.from('x')), tarEnd()]),
      /manifest\.json is not where it should be/,
    ],
    [
      'a manifest that is too large',
      Buffer.concat([tarHeader('manifest.json', 2 ** 30, new Date(0)), Buffer.alloc(1024)]),
      /^manifest\.json in the file is larger than/,
    ],
    [
      'the key of a stranger',
      foreign,
      /^The file is signed with the key SHA256:\S+, which is not trusted here/,
      'untrusted',
    ],
    [
      'a newer shape of what is compiled',
      await newer(({ versions: [one] }) => {
        one!.compiled.v = 99;
      }),
      /Update this cluster first/,
    ],
  ];
  for (const [what, bytes, sentence, code = 'bundle-invalid'] of table)
    it(`is refused with ${what}, and leaves nothing behind`, async () => {
      const { to, taken } = await take(bytes);
      await assert.rejects(taken, (error: unknown) => {
        assert.ok(error instanceof PorticoError, String(error));
        assert.match(error.message, sentence);
        assert.equal(error.code, code);
        return true;
      });
      for (const folder of [to.paths.blobs, to.paths.temporary, to.paths.generations])
        assert.deepEqual(await readdir(folder), []);
    });
});

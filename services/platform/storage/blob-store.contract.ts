import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { PorticoError } from '../errors.ts';
import { type BlobStore, HEAD_BYTES } from './blob-store.ts';

const LIMITS = { maxBytes: 1024 * 1024 };
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const coded = (code: string) => (error: unknown) => error instanceof PorticoError && error.code === code;

/** In small pieces, as a network brings it. */
function stream(bytes: Buffer, piece = 1000): Readable {
  return Readable.from(pieces(bytes, piece), { objectMode: false });
}

function* pieces(bytes: Buffer, piece: number) {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

async function* endingWith(error: Error, bytes: Buffer) {
  yield bytes;
  throw error;
}

/** What every store promises. `leftovers` counts what uploads that failed have left behind. */
export function blobStoreContract(
  name: string,
  create: () => Promise<{ store: BlobStore; leftovers: () => Promise<number> }>,
): void {
  describe(`${name} keeps the promises of a blob store`, () => {
    it('gives back the bytes that it was given, under their hash', async () => {
      const { store, leftovers } = await create();
      const bytes = randomBytes(300_000);
      const staged = await store.stage(stream(bytes), LIMITS);
      assert.equal(staged.sha256, sha256(bytes));
      assert.equal(staged.size, bytes.length);
      await staged.publish();
      assert.equal(await store.size(staged.sha256), bytes.length);
      assert.deepEqual(await buffer(store.open(staged.sha256)), bytes);
      await staged.discard();
      assert.equal(await store.size(staged.sha256), bytes.length, 'discard after publish does nothing');
      assert.equal(await leftovers(), 0);
    });

    it('keeps the first bytes for whoever detects the type', async () => {
      const { store } = await create();
      const bytes = randomBytes(HEAD_BYTES + 5000);
      const staged = await store.stage(stream(bytes, 4099), LIMITS);
      assert.deepEqual(staged.head, bytes.subarray(0, HEAD_BYTES));
      await staged.discard();
    });

    it('shows nothing before it is published, and nothing that was discarded', async () => {
      const { store, leftovers } = await create();
      const staged = await store.stage(stream(Buffer.from('not yet')), LIMITS);
      assert.equal(await store.size(staged.sha256), undefined);
      await staged.discard();
      assert.equal(await store.size(staged.sha256), undefined);
      assert.equal(await leftovers(), 0);
    });

    it('takes a range with both ends', async () => {
      const { store } = await create();
      const staged = await store.stage(stream(Buffer.from('0123456789')), LIMITS);
      await staged.publish();
      assert.equal((await buffer(store.open(staged.sha256, { start: 2, end: 4 }))).toString(), '234');
    });

    it('publishes the same bytes twice, and both copies are whole', async () => {
      const { store, leftovers } = await create();
      const bytes = randomBytes(5000);
      const both = await Promise.all([
        store.stage(stream(bytes), LIMITS),
        store.stage(stream(bytes), LIMITS),
      ]);
      await Promise.all(both.map((staged) => staged.publish()));
      assert.deepEqual(await buffer(store.open(sha256(bytes))), bytes);
      assert.equal(await leftovers(), 0);
    });

    it('takes a file of exactly the limit, and refuses the byte that is too many', async () => {
      const { store, leftovers } = await create();
      const limit = { maxBytes: 2500 };
      await (await store.stage(stream(randomBytes(2500)), limit)).discard();
      const content = stream(randomBytes(2501));
      await assert.rejects(store.stage(content, limit), coded('too-large'));
      assert.ok(content.destroyed, 'nobody sends into the void');
      assert.equal(await leftovers(), 0);
    });

    it('stops at the limit and does not read to the end', async () => {
      const { store } = await create();
      let sent = 0;
      const endless = Readable.from(
        (function* () {
          for (;;) {
            sent += 1000;
            yield Buffer.alloc(1000);
          }
        })(),
        { objectMode: false },
      );
      await assert.rejects(store.stage(endless, { maxBytes: 50_000 }), coded('too-large'));
      assert.ok(sent < 200_000, `${sent} bytes were asked for`);
    });

    it('refuses an empty file', async () => {
      const { store, leftovers } = await create();
      await assert.rejects(
        store.stage(Readable.from([], { objectMode: false }), LIMITS),
        coded('empty-file'),
      );
      assert.equal(await leftovers(), 0);
    });

    it('calls an upload whose sender vanishes aborted, and keeps nothing of it', async () => {
      const { store, leftovers } = await create();
      const content = Readable.from(endingWith(new Error('socket hang up'), Buffer.alloc(10)), {
        objectMode: false,
      });
      await assert.rejects(store.stage(content, LIMITS), coded('upload-aborted'));
      const destroyed = new Readable({ read() {} });
      destroyed.push('a few bytes');
      const pending = store.stage(destroyed, LIMITS);
      setImmediate(() => destroyed.destroy());
      await assert.rejects(pending, coded('upload-aborted'));
      assert.equal(await leftovers(), 0);
    });

    it('passes on what the sender found wrong itself', async () => {
      const { store } = await create();
      const fault = new PorticoError('invalid', 'Send one file at a time.');
      const content = Readable.from(endingWith(fault, Buffer.alloc(10)), { objectMode: false });
      await assert.rejects(store.stage(content, LIMITS), coded('invalid'));
    });

    it('says so when a blob is not there', async () => {
      const { store } = await create();
      await assert.rejects(buffer(store.open(sha256(Buffer.from('never')))), coded('not-found'));
    });
  });
}

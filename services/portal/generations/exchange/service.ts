/** From one cluster into another: a generation goes out as a signed file, and one that comes in is kept under a number of its own. */
import { Readable } from 'node:stream';
import { answerOnce, claimOf } from '../../../platform/database/idempotency.ts';
import { isDuplicate } from '../../../platform/database/outcome.ts';
import type { Database } from '../../../platform/database/types.ts';
import { PorticoError } from '../../../platform/errors.ts';
import type { BlobStore } from '../../../platform/storage/blob-store.ts';
import { blobsOf, type Manifest, parseManifest } from '../manifest.ts';
import {
  findCurrent,
  findGeneration,
  type GenerationRow,
  insertGeneration,
  nextNumber,
} from '../repository.ts';
import type { GenerationInfo, Publisher } from '../service.ts';
import type { Shelves } from '../shelves.ts';
import { bundleOf, type Unbundled, unbundle } from './bundle.ts';
import { fingerprintOf, type SigningKey } from './keys.ts';
import {
  deleteTrusted,
  findByManifest,
  findTrusted,
  insertOrigin,
  insertTrusted,
  listTrusted,
  type TrustedKey,
} from './repository.ts';

/** What this cluster's own key is called: no key that is added can have a blank in its name. */
const OWN = 'this cluster';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Another portal may take the number at the same moment, or import the same file. */
const TRIES = 5;

export interface Exchange {
  /** By which others know this cluster's exports. */
  readonly key: { publicKey: string; fingerprint: string };
  trusted(): Promise<TrustedKey[]>;
  /** @throws PorticoError 'invalid', 'conflict' */
  trust(
    key: { name: string; publicKey: string },
    publisher: Publisher,
  ): Promise<{ key: TrustedKey; replayed: boolean }>;
  /** What was imported stays. @throws PorticoError 'not-found' */
  distrust(name: string, publisher: Publisher): Promise<{ replayed: boolean }>;
  /** @returns its bytes; they fail in the middle when a blob turns out to be damaged @throws PorticoError 'not-found', 'blob-lost' */
  exported(n: number): Promise<{ size: number; content: Readable }>;
  /**
   * Keeps what `content` brings as a generation, which nobody sees before it is activated; drafts stay as they are. The same file
   * again is the same generation, whose blobs are put in place once more.
   * @throws PorticoError 'bundle-invalid', 'untrusted', …; nothing of it is visible then
   */
  imported(
    content: Readable,
    publisher: Publisher,
  ): Promise<{ info: GenerationInfo; made: boolean; replayed: boolean }>;
}

export interface ExchangeParts {
  database: Database;
  shelves: Shelves;
  blobs: BlobStore;
  signingKey: SigningKey;
}

export function createExchange({ database, shelves, blobs, signingKey }: ExchangeParts): Exchange {
  const { publicKey, fingerprint } = signingKey;

  async function infoOf(n: number): Promise<GenerationInfo> {
    return database.read(async (reader) => {
      const row = await findGeneration(reader, n);
      if (row === undefined) throw new PorticoError('not-found', `There is no generation ${n}.`);
      return { ...row, isCurrent: (await findCurrent(reader)).n === n };
    });
  }

  /** Its manifest, written before its blobs are in place and its row is: what dies in between is found by it, and collected. */
  async function reserve(file: Unbundled, by: string, createdAt: Date): Promise<GenerationRow> {
    const { manifest, manifestSha256, signer } = file;
    for (let attempt = 1; ; attempt++) {
      const highest = (await shelves.numbers()).at(-1) ?? 0;
      const n = Math.max(await database.read(nextNumber), highest + 1);
      const origin = { cluster: signer, n: manifest.n, fingerprint: file.fingerprint };
      const { createdAt: madeAt, createdBy: madeBy } = manifest;
      const mine: Manifest = {
        ...manifest,
        n,
        createdAt: createdAt.toISOString(),
        createdBy: by,
        origin: { ...origin, manifestSha256, createdAt: madeAt, createdBy: madeBy },
      };
      try {
        return {
          n,
          manifestSha256: await shelves.write(mine),
          apis: manifest.apis.length,
          versions: manifest.apis.reduce((sum, { versions }) => sum + versions.length, 0),
          note: manifest.note,
          createdBy: by,
          createdAt,
          pinned: false,
          origin,
        };
      } catch (error) {
        const taken = error instanceof PorticoError && error.code === 'conflict';
        if (!taken || attempt === TRIES) throw error;
      }
    }
  }

  async function keep(file: Unbundled, { by, idempotency }: Publisher) {
    const { manifestSha256 } = file;
    const claim = claimOf(idempotency, 'POST /api/v1/generations/import', manifestSha256);
    const known = await database.read((reader) => findByManifest(reader, manifestSha256));
    let reserved = known === undefined ? await reserve(file, by, new Date()) : undefined;
    for (const one of file.blobs) await one.publish();
    for (let attempt = 1; ; attempt++) {
      try {
        const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
          const there = await findByManifest(tx, manifestSha256);
          if (there !== undefined) return { status: 200, body: { n: there } };
          // It was forgotten between the look and here.
          if (reserved === undefined)
            throw new PorticoError('not-now', 'Import it once more.', { retryAfter: 1 });
          await insertOrigin(tx, reserved.n, manifestSha256, reserved.origin!);
          await insertGeneration(tx, reserved);
          return { status: 201, body: { n: reserved.n } };
        });
        const { n } = answer.body;
        if (reserved !== undefined && n !== reserved.n) await shelves.forget(reserved.n);
        return { n, made: answer.status === 201, replayed };
      } catch (error) {
        if (attempt === TRIES || !isDuplicate(error)) throw error;
        // Another portal has imported it meanwhile, or has the number.
        if (reserved && (await database.read((reader) => findGeneration(reader, reserved!.n))))
          reserved = await reserve(file, by, new Date());
      }
    }
  }

  return {
    key: { publicKey, fingerprint },
    trusted: () => database.read(listTrusted),

    async trust({ name, publicKey: given }, { by, idempotency }) {
      if (!NAME.test(name))
        throw new PorticoError('invalid', 'The name of a key has letters, digits, dots and dashes.', {
          fields: { name: 'at most 64 letters, digits, dots and dashes' },
        });
      const key = {
        name,
        publicKey: given,
        fingerprint: fingerprintOf(given),
        addedBy: by,
        addedAt: new Date(),
      };
      if (key.fingerprint === fingerprint)
        throw new PorticoError(
          'conflict',
          'This is the key of this very cluster: its own exports are always trusted.',
        );
      const claim = claimOf(idempotency, 'POST /api/v1/trusted-keys', `${name} ${given}`);
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
        await insertTrusted(tx, key);
        return { status: 201, body: key };
      });
      return { key: { ...answer.body, addedAt: new Date(answer.body.addedAt) }, replayed };
    },

    async distrust(name, { idempotency }) {
      const claim = claimOf(idempotency, `DELETE /api/v1/trusted-keys/${name}`);
      const { replayed } = await answerOnce(database, claim, async (tx) => {
        if (!(await deleteTrusted(tx, name)))
          throw new PorticoError('not-found', `No key is trusted under the name “${name}”.`);
        return { status: 204, body: null };
      });
      return { replayed };
    },

    async exported(n) {
      const { manifestSha256 } = await infoOf(n);
      const text = await shelves.text(n, manifestSha256);
      for (const { sha256, size } of blobsOf(parseManifest(text))) {
        const there = await blobs.size(sha256);
        if (there !== size)
          throw new PorticoError(
            'blob-lost',
            `Generation ${n} cannot be exported: its blob ${sha256.slice(0, 12)}… is ${there === undefined ? 'missing' : 'damaged'}.`,
          );
      }
      const bundle = bundleOf(text, signingKey, blobs.open);
      return { size: bundle.size, content: Readable.from(bundle.chunks(), { objectMode: false }) };
    },

    async imported(content, publisher) {
      const file = await unbundle(content as AsyncIterable<Buffer>, {
        blobs,
        trusted: async (theirs) =>
          theirs === fingerprint ? OWN : (await database.read((reader) => findTrusted(reader, theirs)))?.name,
      });
      try {
        const { n, made, replayed } = await keep(file, publisher);
        return { info: await infoOf(n), made, replayed };
      } finally {
        // Those that were put in place have nothing left to drop.
        await Promise.allSettled(file.blobs.map((one) => one.discard()));
      }
    },
  };
}

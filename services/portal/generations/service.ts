/** Publishing: a generation is made of the drafts, and one of those that are kept is made current. */
import { setTimeout as pause } from 'node:timers/promises';
import { answerOnce, claimOf } from '../../platform/database/idempotency.ts';
import { isDuplicate } from '../../platform/database/outcome.ts';
import type { Database, IdempotencyKey, Reader } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { BlobStore } from '../../platform/storage/blob-store.ts';
import { COMPILED_VERSION } from '../../specs/compiled.ts';
import type { ApiWithVersions } from '../catalog/types.ts';
import { type Change, difference } from './difference.ts';
import { MANIFEST_VERSION, type Manifest, type NamedBlob, type PublishedApi } from './manifest.ts';
import { LEASE_MS, PREPARE_MS } from './plan.ts';
import {
  type ActivationRow,
  findActivation,
  findCurrent,
  findGeneration,
  type GenerationRow,
  insertActivation,
  insertGeneration,
  listActivations,
  listGenerations,
  nextNumber,
  setPinned,
  wantGeneration,
} from './repository.ts';
import type { Shelves } from './shelves.ts';

/** Another portal may publish at the same moment, and have the number: then the next one is taken. */
const TRIES = 5;
const LOOK_MS = 100;
/** An activation comes to its end within this, whatever the portals do. */
const ACTIVATION_MS = PREPARE_MS + LEASE_MS + 15_000;

export interface GenerationInfo extends GenerationRow {
  isCurrent: boolean;
}

export interface Publisher {
  by: string;
  idempotency?: IdempotencyKey;
}

export interface Generations {
  /** The latest first. */
  list(query: { limit: number; below?: number }): Promise<{ items: GenerationInfo[]; nextBelow?: number }>;
  /** @throws PorticoError 'not-found' */
  get(n: number): Promise<{ info: GenerationInfo; manifest: Manifest }>;
  /** The number of what is current; 0: nothing was ever published. */
  current(): Promise<number>;
  /** What publishing now would change. */
  pending(): Promise<Change[]>;
  /** @throws PorticoError 'not-found' */
  compare(from: number, to: number): Promise<Change[]>;
  /** Keeps everything as it is drafted now as a generation, which nobody sees before it is activated. */
  publish(note: string, publisher: Publisher): Promise<{ info: GenerationInfo; replayed: boolean }>;
  /**
   * Makes it current on every portal that can serve it, and returns when no other one is served any more.
   * @throws PorticoError 'not-found'; 'conflict': it failed, and why
   */
  activate(n: number, publisher: Publisher): Promise<{ activation: ActivationRow; replayed: boolean }>;
  activations(limit: number): Promise<ActivationRow[]>;
  /** Neither by count nor by age is it forgotten from now on; or it may be again. @throws PorticoError 'not-found' */
  pin(n: number, pinned: boolean, publisher: Publisher): Promise<{ info: GenerationInfo; replayed: boolean }>;
}

export interface GenerationsParts {
  database: Database;
  shelves: Shelves;
  blobs: Pick<BlobStore, 'size'>;
  /** Every API with its versions, as they are drafted. */
  drafts: (reader: Reader) => Promise<ApiWithVersions[]>;
}

export function createGenerations({ database, shelves, blobs, drafts }: GenerationsParts): Generations {
  async function sized(sha256: string): Promise<NamedBlob> {
    const size = await blobs.size(sha256);
    if (size === undefined)
      throw new PorticoError(
        'blob-lost',
        `The bytes ${sha256.slice(0, 12)}… of a draft are missing on the volume. Upload it again.`,
      );
    return { sha256, size };
  }

  /** Those that are to be seen: an API that is itself a draft is not. */
  async function content(): Promise<PublishedApi[]> {
    const all = await database.read(drafts);
    const published: PublishedApi[] = [];
    for (const { name, title, summary, owner, tags, lifecycle, sunset, versions } of all) {
      if (lifecycle === 'draft') continue;
      const api: PublishedApi = { name, title, summary, owner, tags, lifecycle, sunset, versions: [] };
      for (const one of versions)
        api.versions.push({
          name: one.name,
          format: one.format,
          changelog: one.changelog,
          operations: one.operations,
          createdAt: one.createdAt.toISOString(),
          source: { ...(await sized(one.sourceSha256)), name: one.sourceName },
          document: await sized(one.documentSha256),
          ...(one.yamlSha256 !== null && { yaml: await sized(one.yamlSha256) }),
          compiled: { ...(await sized(one.compiledSha256)), v: COMPILED_VERSION },
        });
      published.push(api);
    }
    return published.sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  async function known(reader: Reader, n: number): Promise<GenerationRow> {
    const row = await findGeneration(reader, n);
    if (row === undefined) throw new PorticoError('not-found', `There is no generation ${n}.`);
    return row;
  }

  const manifestOf = async ({ n, manifestSha256 }: GenerationRow) => shelves.read(n, manifestSha256);
  const contentOf = async (n: number) =>
    n === 0 ? { apis: [] } : manifestOf(await database.read((reader) => known(reader, n)));

  return {
    async list({ limit, below }) {
      return database.read(async (reader) => {
        const rows = await listGenerations(reader, limit + 1, below);
        const current = await findCurrent(reader);
        const items = rows.slice(0, limit).map((row) => ({ ...row, isCurrent: row.n === current.n }));
        return rows.length > limit ? { items, nextBelow: items.at(-1)!.n } : { items };
      });
    },

    async get(n) {
      const [row, current] = await database.read(
        async (reader) => [await known(reader, n), await findCurrent(reader)] as const,
      );
      return { info: { ...row, isCurrent: row.n === current.n }, manifest: await manifestOf(row) };
    },

    current: async () => (await database.read(findCurrent)).n,

    async pending() {
      const current = await database.read(findCurrent);
      return difference(await contentOf(current.n), { apis: await content() });
    },

    async compare(from, to) {
      return difference(await contentOf(from), await contentOf(to));
    },

    async publish(note, { by, idempotency }) {
      const apis = await content();
      const claim = claimOf(idempotency, 'POST /api/v1/generations', note);
      const createdAt = new Date();
      for (let attempt = 1; ; attempt++) {
        try {
          const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
            // A number whose commit failed has a manifest and no row, and stays unused.
            const highest = (await shelves.numbers()).at(-1) ?? 0;
            const n = Math.max(await nextNumber(tx), highest + 1);
            const manifest: Manifest = {
              v: MANIFEST_VERSION,
              n,
              createdAt: createdAt.toISOString(),
              createdBy: by,
              note,
              apis,
            };
            // Before its row: a row without a manifest would be a lie.
            const manifestSha256 = await shelves.write(manifest);
            const row: GenerationRow = {
              n,
              manifestSha256,
              apis: apis.length,
              versions: apis.reduce((sum, { versions }) => sum + versions.length, 0),
              note,
              createdBy: by,
              createdAt,
              pinned: false,
              origin: null,
            };
            await insertGeneration(tx, row);
            return { status: 201, body: row };
          });
          const row = { ...answer.body, createdAt: new Date(answer.body.createdAt) };
          return { info: { ...row, isCurrent: false }, replayed };
        } catch (error) {
          if (attempt === TRIES || !isTaken(error)) throw error;
        }
      }
    },

    async activate(n, { by, idempotency }) {
      const claim = claimOf(idempotency, `POST /api/v1/generations/${n}/activation`);
      const above = (await shelves.current())?.epoch ?? 0;
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
        await known(tx, n);
        await wantGeneration(tx, n);
        return { status: 201, body: { epoch: await insertActivation(tx, n, by, new Date(), above) } };
      });
      const { epoch } = answer.body;
      const deadline = performance.now() + ACTIVATION_MS;
      for (;;) {
        const row = await database.read((reader) => findActivation(reader, epoch));
        if (row?.state === 'done') return { activation: row, replayed };
        if (row === undefined || row.state === 'failed')
          throw new PorticoError(
            'conflict',
            `Generation ${n} could not be activated. ${row?.reason ?? ''}`.trimEnd(),
          );
        if (performance.now() > deadline)
          throw new PorticoError(
            'not-now',
            `Generation ${n} is not active everywhere yet: ${row.reason || 'portals are loading it'}. It goes on by itself.`,
            { retryAfter: 10 },
          );
        await pause(LOOK_MS);
      }
    },

    activations: (limit) => database.read((reader) => listActivations(reader, limit)),

    async pin(n, pinned, { idempotency }) {
      const claim = claimOf(idempotency, `PATCH /api/v1/generations/${n}`, pinned);
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
        const row = await known(tx, n);
        await setPinned(tx, n, pinned);
        const { n: current } = await findCurrent(tx);
        return { status: 200, body: { ...row, pinned, isCurrent: current === n } };
      });
      return { info: { ...answer.body, createdAt: new Date(answer.body.createdAt) }, replayed };
    },
  };
}

/** The number went to another portal, in the database or on the volume. */
const isTaken = (error: unknown): boolean =>
  isDuplicate(error) ||
  (error instanceof PorticoError && error.code === 'conflict' && /another generation/.test(error.message));

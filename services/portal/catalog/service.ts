import { Readable } from 'node:stream';
import { ulid } from 'ulid';
import { z } from 'zod';
import { answerOnce, claimOf } from '../../platform/database/idempotency.ts';
import type { Database, Reader, StoredAnswer, Transaction } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { BlobStore } from '../../platform/storage/blob-store.ts';
import type { SpecReader } from '../../specs/reader.ts';
import type { Format, Reading } from '../../specs/types.ts';
import { check } from '../http/input.ts';
import { apiName, checkSunset, factsOf, NO_FACTS, nameFrom, versionFrom, versionName } from './facts.ts';
import {
  deleteApi,
  deleteVersion,
  findApi,
  findVersion,
  insertApi,
  insertVersion,
  leaveBlobs,
  listApis,
  replaceVersion,
  updateApi,
  versionsOf,
} from './repository.ts';
import type { Api, ApiFacts, ApiVersion, Catalog, Submission } from './types.ts';

export interface CatalogParts {
  database: Database;
  blobs: Pick<BlobStore, 'stage'>;
  specs: SpecReader;
  /** Bytes of a description as it is sent. */
  maxBytes: number;
}

export function createCatalog({ database, blobs, specs, maxBytes }: CatalogParts): Catalog {
  /** Durable, under its hash. Before the row that names it, so that no row names what is not there. */
  async function keep(bytes: Uint8Array): Promise<string> {
    const staged = await blobs.stage(Readable.from([Buffer.from(bytes)]), {
      maxBytes: Number.MAX_SAFE_INTEGER,
    });
    try {
      await staged.publish();
      return staged.sha256;
    } finally {
      await staged.discard().catch(() => {}); // the reconcile removes what is left
    }
  }

  async function versionOf({ given, ...asked }: Submission, reading: Whole): Promise<ApiVersion> {
    const name = asked.version ?? versionFrom(reading.version) ?? '1';
    const { document, yaml, compiled } = reading;
    const [sourceSha256, documentSha256, compiledSha256, yamlSha256] = await Promise.all([
      keep(given.bytes),
      keep(document),
      keep(compiled),
      yaml === undefined ? null : keep(yaml),
    ]);
    const now = new Date();
    return {
      id: ulid(),
      name: named('version', versionName, name),
      format: reading.format,
      changelog: asked.changelog ?? '',
      operations: reading.operations,
      errors: reading.found.error,
      warnings: reading.found.warning,
      problems: reading.problems,
      sourceName: given.name,
      sourceSha256,
      documentSha256,
      yamlSha256,
      compiledSha256,
      revision: 1,
      createdBy: asked.by,
      createdAt: now,
      updatedAt: now,
    };
  }

  return {
    list: (query) => database.read((reader) => listApis(reader, query)),

    get: (name) =>
      database.read(async (reader) => {
        const api = await known(reader, name);
        return { ...api, versions: await versionsOf(reader, api.id) };
      }),

    version: (name, wanted) =>
      database.read(async (reader) => {
        const api = await known(reader, name);
        const found = await findVersion(reader, api.id, wanted);
        if (found === undefined)
          throw new PorticoError('not-found', `${api.title} has no version ${wanted}.`);
        return found;
      }),

    async create(name, given, { by, idempotency }) {
      const facts = factsOf(given);
      const claim = claimOf(idempotency, 'POST /api/v1/apis', name, facts);
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
        const api = fresh(named('name', apiName, name), facts, by);
        checkSunset(undefined, api, today());
        await insertApi(tx, api);
        return created(api);
      });
      return { api: apiFrom(answer.body), replayed };
    },

    async update(name, given, { by, revision, idempotency }) {
      const changes = factsOf(given);
      const claim = claimOf(idempotency, `PATCH /api/v1/apis/${name}`, changes, revision);
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
        const api = await known(tx, name);
        const changed: Api = { ...api, ...changes, updatedBy: by, updatedAt: new Date() };
        checkSunset(api, changed, today());
        if (!(await updateApi(tx, changed, revision ?? api.revision)))
          throw new PorticoError(
            'conflict',
            `${api.title} was changed meanwhile, by ${api.updatedBy}. Look at it again, and change what you still want to.`,
          );
        return { status: 200, body: { ...changed, revision: api.revision + 1 } };
      });
      return { api: apiFrom(answer.body), replayed };
    },

    async remove(name, { idempotency }) {
      const claim = claimOf(idempotency, `DELETE /api/v1/apis/${name}`);
      const { replayed } = await answerOnce(database, claim, async (tx) => {
        await deleteApi(tx, (await known(tx, name)).id);
        return { status: 204, body: null };
      });
      return { replayed };
    },

    async submit(submission) {
      const { given, by, idempotency } = submission;
      if (given.bytes.length > maxBytes)
        throw new PorticoError('too-large', `An API description may have ${maxBytes} bytes.`);
      const reading = whole(await specs.read(given));
      const name = named('api', apiName, submission.api ?? nameFrom(reading.title) ?? 'api');
      const offered = await versionOf(submission, reading);
      const { api: _, version: __, given: ___, by: ____, idempotency: _____, ...options } = submission;
      const claim = claimOf(idempotency, 'POST version', name, offered.name, offered.sourceSha256, options);
      const keeping = answerOnce(database, claim, async (tx) => {
        const there = await findApi(tx, name);
        const api =
          there ?? fresh(name, { title: reading.title.slice(0, 200) || name, lifecycle: 'active' }, by);
        if (there === undefined) await insertApi(tx, api);
        const kept = await put(tx, api, offered, submission.replace === true);
        return { status: 201, body: { api, version: kept, isNew: there === undefined } };
      });
      const { answer, replayed } = await keeping.catch(async (error: unknown) => {
        // Its bytes are on the volume. Should this be lost, the collector has some that nobody explains, and allows for some.
        if (error instanceof PorticoError && error.code === 'conflict')
          await database.write((tx) => leaveBlobs(tx, blobsOf(offered))).catch(() => {});
        throw error;
      });
      const { api, version: kept, isNew } = answer.body;
      return { api: apiFrom(api), version: versionFromAnswer(kept), isNew, replayed };
    },

    async removeVersion(name, wanted, { idempotency }) {
      const claim = claimOf(idempotency, `DELETE /api/v1/apis/${name}/versions/${wanted}`);
      const { replayed } = await answerOnce(database, claim, async (tx) => {
        const api = await known(tx, name);
        if (!(await deleteVersion(tx, api.id, wanted)))
          throw new PorticoError('not-found', `${api.title} has no version ${wanted}.`);
        return { status: 204, body: null };
      });
      return { replayed };
    },
  };
}

const blobsOf = ({ sourceSha256, documentSha256, compiledSha256, yamlSha256 }: ApiVersion): string[] => [
  ...new Set([sourceSha256, documentSha256, compiledSha256, ...(yamlSha256 === null ? [] : [yamlSha256])]),
];

const today = (): string => new Date().toISOString().slice(0, 10);

/** @throws PorticoError 'invalid' that names the field */
function named(field: string, schema: z.ZodType<string>, value: string): string {
  return check(z.object({ [field]: schema }), { [field]: value })[field]!;
}

async function known(reader: Reader, name: string): Promise<Api> {
  const api = await findApi(reader, name);
  if (api === undefined) throw new PorticoError('not-found', `There is no API named ${name}.`);
  return api;
}

function fresh(name: string, facts: Partial<ApiFacts>, by: string): Api {
  const now = new Date();
  return {
    id: ulid(),
    name,
    ...NO_FACTS,
    ...facts,
    title: facts.title || name,
    revision: 1,
    createdBy: by,
    createdAt: now,
    updatedBy: by,
    updatedAt: now,
  };
}

const created = (api: Api): StoredAnswer<Api> => ({ status: 201, body: api });

async function put(tx: Transaction, api: Api, offered: ApiVersion, replace: boolean): Promise<ApiVersion> {
  const there = replace ? await findVersion(tx, api.id, offered.name) : undefined;
  if (there === undefined) {
    await insertVersion(tx, api.id, offered);
    return offered;
  }
  const kept = { ...offered, id: there.id, createdAt: there.createdAt, revision: there.revision + 1 };
  await replaceVersion(tx, kept);
  return kept;
}

type Whole = Reading & { format: Format; document: Uint8Array; compiled: Uint8Array };

/** @throws PorticoError 'spec-invalid' */
function whole(reading: Reading): Whole {
  const { format, document, compiled, problems } = reading;
  if (format !== undefined && document !== undefined && compiled !== undefined)
    return { ...reading, format, document, compiled };
  const [first] = problems;
  const where = first && first.line > 0 ? ` (${first.file}, line ${first.line})` : '';
  throw new PorticoError('spec-invalid', `${first?.sentence ?? 'It cannot be read.'}${where}`, { problems });
}

/** An answer that was stored is JSON: dates have become texts. */
const apiFrom = (api: Api): Api => ({
  ...api,
  createdAt: new Date(api.createdAt),
  updatedAt: new Date(api.updatedAt),
});
const versionFromAnswer = (version: ApiVersion): ApiVersion => ({
  ...version,
  createdAt: new Date(version.createdAt),
  updatedAt: new Date(version.updatedAt),
});

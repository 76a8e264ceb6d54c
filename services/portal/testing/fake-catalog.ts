/** Drafts and generations in memory, with the real reader and the real rules of names: what answers are made of. */
import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { PorticoError } from '../../platform/errors.ts';
import { COMPILED_VERSION } from '../../specs/compiled.ts';
import type { SpecReader } from '../../specs/reader.ts';
import { apiName, factsOf, NO_FACTS, nameFrom, versionFrom } from '../catalog/facts.ts';
import type { Api, ApiVersion, ApiWithVersions, Catalog } from '../catalog/types.ts';
import { type Change, difference } from '../generations/difference.ts';
import { MANIFEST_VERSION, type Manifest, manifestText, type PublishedApi } from '../generations/manifest.ts';
import type { ActivationRow } from '../generations/repository.ts';
import type { GenerationInfo, Generations } from '../generations/service.ts';
import { check } from '../http/input.ts';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

export interface FakeCatalog extends Catalog {
  drafts(): ApiWithVersions[];
}

export function fakeCatalog(specs: SpecReader): FakeCatalog {
  const kept = new Map<string, ApiWithVersions>();
  const known = (name: string) => {
    const api = kept.get(name);
    if (api === undefined) throw new PorticoError('not-found', `There is no API named ${name}.`);
    return api;
  };
  const make = (name: string, given: unknown, by: string): ApiWithVersions => {
    const now = new Date();
    const about = { createdBy: by, createdAt: now, updatedBy: by, updatedAt: now };
    const api = { id: ulid(), name: check(apiName, name), ...NO_FACTS, title: name, ...factsOf(given) };
    if (kept.has(name)) throw new PorticoError('conflict', `There is an API named ${name}.`);
    kept.set(name, { ...api, revision: 1, ...about, versions: [] });
    return known(name);
  };
  const replayed = false;
  return {
    drafts: () => [...kept.values()],
    list: async ({ limit }) => ({
      items: [...kept.values()].slice(0, limit).map(withoutVersions),
      total: kept.size,
    }),
    get: async (name) => known(name),
    async version(name, wanted) {
      const found = known(name).versions.find((one) => one.name === wanted);
      if (found === undefined) throw new PorticoError('not-found', `${name} has no version ${wanted}.`);
      return found;
    },
    create: async (name, facts, { by }) => ({ api: withoutVersions(make(name, facts, by)), replayed }),
    async update(name, changes, { by, revision }) {
      const api = known(name);
      if (revision !== undefined && revision !== api.revision)
        throw new PorticoError('conflict', `${api.title} was changed meanwhile.`);
      Object.assign(api, factsOf(changes), { updatedBy: by, updatedAt: new Date() });
      api.revision++;
      return { api: withoutVersions(api), replayed };
    },
    async remove(name) {
      kept.delete(known(name).name);
      return { replayed };
    },
    async submit({ given, by, replace, ...asked }) {
      const { title, format, document, yaml, compiled, ...reading } = await specs.read(given);
      if (format === undefined || document === undefined || compiled === undefined)
        throw new PorticoError('spec-invalid', 'It cannot be read.', { problems: reading.problems });
      const name = asked.api ?? nameFrom(title) ?? 'api';
      const isNew = !kept.has(name);
      const api = isNew ? make(name, { title, lifecycle: 'active' }, by) : known(name);
      const version: ApiVersion = {
        id: ulid(),
        name: asked.version ?? versionFrom(reading.version) ?? '1',
        format,
        changelog: asked.changelog ?? '',
        operations: reading.operations,
        errors: reading.found.error,
        warnings: reading.found.warning,
        problems: reading.problems,
        sourceName: given.name,
        sourceSha256: sha256(given.bytes),
        documentSha256: sha256(document),
        yamlSha256: yaml ? sha256(yaml) : null,
        compiledSha256: sha256(compiled),
        revision: 1,
        createdBy: by,
        createdAt: new Date(),
        updatedAt: new Date(),
      };
      const others = api.versions.filter((one) => one.name !== version.name);
      if (others.length < api.versions.length && !replace)
        throw new PorticoError('conflict', `${api.title} has a version ${version.name}.`);
      api.versions = [version, ...others];
      return { api: withoutVersions(api), version, isNew, replayed };
    },
    async removeVersion(name, wanted) {
      const api = known(name);
      const { id } = await this.version(name, wanted);
      api.versions = api.versions.filter((one) => one.id !== id);
      return { replayed };
    },
  };
}

const withoutVersions = ({ versions: _, ...api }: ApiWithVersions): Api => api;

/** Nothing is served of what is activated: that is the portal's `publish`. */
export function fakeGenerations({ drafts }: Pick<FakeCatalog, 'drafts'>): Generations {
  const manifests: Manifest[] = [];
  const activations: ActivationRow[] = [];
  const pinned = new Set<number>();
  const content = (n: number): Pick<Manifest, 'apis'> => {
    if (n === 0) return { apis: [] };
    const manifest = manifests[n - 1];
    if (manifest === undefined) throw new PorticoError('not-found', `There is no generation ${n}.`);
    return manifest;
  };
  const current = () => activations[0]?.n ?? 0;
  const infoOf = (manifest: Manifest): GenerationInfo => ({
    n: manifest.n,
    manifestSha256: sha256(manifestText(manifest)),
    apis: manifest.apis.length,
    versions: manifest.apis.flatMap(({ versions }) => versions).length,
    note: manifest.note,
    createdBy: manifest.createdBy,
    createdAt: new Date(manifest.createdAt),
    pinned: pinned.has(manifest.n),
    origin: null,
    isCurrent: manifest.n === current(),
  });
  const drafted = () => ({ apis: drafts().map(publishedOf) });
  return {
    async list({ limit, below = Number.POSITIVE_INFINITY }) {
      const older = manifests.filter(({ n }) => n < below).reverse();
      const items = older.slice(0, limit).map(infoOf);
      return older.length > limit ? { items, nextBelow: items.at(-1)!.n } : { items };
    },
    async get(n) {
      const manifest = content(n) as Manifest;
      return { info: infoOf(manifest), manifest };
    },
    current: async () => current(),
    pending: async (): Promise<Change[]> => difference(content(current()), drafted()),
    compare: async (from, to) => difference(content(from), content(to)),
    async publish(note, { by }) {
      const n = manifests.length + 1;
      const createdAt = new Date().toISOString();
      manifests.push({ v: MANIFEST_VERSION, n, createdAt, createdBy: by, note, ...drafted() });
      return { info: infoOf(manifests.at(-1)!), replayed: false };
    },
    async activate(n, { by }) {
      content(n);
      const now = new Date();
      const epoch = activations.length + 1;
      const times = { askedAt: now, flippedAt: now, endedAt: now };
      activations.unshift({ epoch, n, state: 'done', reason: '', askedBy: by, ...times });
      return { activation: activations[0]!, replayed: false };
    },
    activations: async (limit) => activations.slice(0, limit),
    async pin(n, keep) {
      content(n);
      if (keep) pinned.add(n);
      else pinned.delete(n);
      return { info: infoOf(content(n) as Manifest), replayed: false };
    },
  };
}

function publishedOf({ versions, ...api }: ApiWithVersions): PublishedApi {
  const { name, title, summary, owner, tags, lifecycle, sunset } = api;
  return {
    ...{ name, title, summary, owner, tags, lifecycle, sunset },
    versions: versions.map((one) => ({
      name: one.name,
      format: one.format,
      changelog: one.changelog,
      operations: one.operations,
      createdAt: one.createdAt.toISOString(),
      source: { sha256: one.sourceSha256, size: 1, name: one.sourceName },
      document: { sha256: one.documentSha256, size: 1 },
      compiled: { sha256: one.compiledSha256, size: 1, v: COMPILED_VERSION },
    })),
  };
}

/** A generation in memory: what its pages are made of, every byte of it proven to be the right one. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PorticoError } from '../../platform/errors.ts';
import { isErrno } from '../../platform/storage/atomic.ts';
import { type Compiled, decode } from '../../specs/compiled.ts';
import { type Searched, type Searcher, startSearcher } from '../search/searcher.ts';
import {
  blobsOf,
  type Manifest,
  type NamedBlob,
  type PublishedApi,
  type PublishedVersion,
} from './manifest.ts';

export interface Generation {
  readonly n: number;
  readonly manifest: Manifest;
  /** Bytes that it holds in memory. */
  readonly bytes: number;
  /** @throws PorticoError 'not-found' */
  api(name: string): PublishedApi;
  /** @param version undefined: the latest @throws PorticoError 'not-found' */
  version(api: string, version?: string): LoadedVersion;
  readonly search: Pick<Searcher, 'search'>;
  /** Its index is given up; its pages can still be read by whoever holds it. */
  close(): void;
}

export interface LoadedVersion {
  api: PublishedApi;
  version: PublishedVersion;
  compiled: Compiled;
}

export interface LoadOptions {
  /** Where a blob lies: volume.paths.blob. */
  pathOf: (sha256: string) => string;
  /** Looks for one that is missing in the trash. @returns whether it is there now */
  bringBack?: (sha256: string, signal: AbortSignal | undefined) => Promise<boolean>;
  signal?: AbortSignal;
  /** What was proven by an earlier load is not read again, and is held once. */
  known?: Generation | undefined;
}

/** @throws PorticoError 'blob-lost': one is not there, or not what its name says */
export async function loadGeneration(manifest: Manifest, options: LoadOptions): Promise<Generation> {
  const proven = new Set(options.known ? blobsOf(options.known.manifest).map(({ sha256 }) => sha256) : []);
  const compiled = new Map<string, Held>();
  for (const { versions } of manifest.apis)
    for (const version of versions) {
      options.signal?.throwIfAborted();
      for (const blob of [version.source, version.document, ...(version.yaml ? [version.yaml] : [])])
        if (!proven.has(blob.sha256)) await prove(blob, options);
      const { sha256 } = version.compiled;
      const held =
        (proven.has(sha256) && heldBy(options.known)?.get(sha256)) || (await hold(version.compiled, options));
      compiled.set(sha256, held);
      for (const { sha256: hash } of [version.source, version.document, version.compiled]) proven.add(hash);
    }
  const apis = new Map(manifest.apis.map((api) => [api.name, api]));
  const apiOf = (name: string): PublishedApi => {
    const api = apis.get(name);
    if (api === undefined) throw new PorticoError('not-found', `There is no API named ${name} here.`);
    return api;
  };
  // The latest version of each: older ones say the same things again.
  const searched = manifest.apis.flatMap(
    ({ versions: [latest], name, title, summary, tags, lifecycle }): Searched[] => {
      const held = latest && compiled.get(latest.compiled.sha256);
      const where = { name, title, summary, tags, lifecycle, version: latest?.name ?? '' };
      return held && lifecycle !== 'retired' ? [{ where, compiled: held.bytes }] : [];
    },
  );
  const searcher = await startSearcher(searched, options.signal);
  const generation: Generation = {
    n: manifest.n,
    manifest,
    bytes: [...compiled.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
    api: apiOf,
    version(name, wanted) {
      const api = apiOf(name);
      const version =
        wanted === undefined ? api.versions[0] : api.versions.find((one) => one.name === wanted);
      if (version === undefined)
        throw new PorticoError(
          'not-found',
          wanted === undefined
            ? `${api.title} has no version yet.`
            : `${api.title} has no version ${wanted}.`,
        );
      return { api, version, compiled: compiled.get(version.compiled.sha256)!.compiled };
    },
    search: searcher,
    close: () => searcher.close(),
  };
  HELD.set(generation, compiled);
  return generation;
}

interface Held {
  compiled: Compiled;
  /** Shared with the thread that searches. */
  bytes: Uint8Array<SharedArrayBuffer>;
}

/** What each generation holds, for the next one to take over. */
const HELD = new WeakMap<Generation, Map<string, Held>>();
const heldBy = (known: Generation | undefined) => known && HELD.get(known);

async function hold(blob: NamedBlob, options: LoadOptions): Promise<Held> {
  const bytes = new Uint8Array(new SharedArrayBuffer(blob.size));
  let at = 0;
  await read(blob, options, (chunk) => {
    bytes.set(chunk, at);
    at += chunk.length;
  });
  return { compiled: decode(bytes), bytes };
}

const prove = (blob: NamedBlob, options: LoadOptions): Promise<void> => read(blob, options, () => {});

/** @throws PorticoError 'blob-lost' */
async function read(
  blob: NamedBlob,
  { pathOf, bringBack, signal }: LoadOptions,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const path = pathOf(blob.sha256);
  try {
    await readFrom(path, blob, signal, onChunk);
  } catch (error) {
    if (!isMissing(error) || !(await bringBack?.(blob.sha256, signal))) throw error;
    await readFrom(path, blob, signal, onChunk);
  }
}

const isMissing = (error: unknown) => error instanceof PorticoError && isErrno(error.cause, 'ENOENT');

async function readFrom(
  path: string,
  { sha256, size }: NamedBlob,
  signal: AbortSignal | undefined,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const lost = (why: string, cause?: unknown) =>
    new PorticoError('blob-lost', `The blob ${sha256.slice(0, 12)}… ${why}.`, { cause });
  try {
    const there = await stat(path);
    if (there.size !== size) throw lost(`has ${there.size} bytes in place of ${size}`);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, {
      highWaterMark: 1024 * 1024,
      ...(signal && { signal }),
    })) {
      hash.update(chunk as Buffer);
      onChunk(chunk as Buffer);
    }
    if (hash.digest('hex') !== sha256) throw lost('is damaged: its bytes have another hash');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw lost('is missing', error);
    throw error;
  }
}

/** Generations as they lie on the volume: manifests by number, and which of them is current. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { PorticoError } from '../../platform/errors.ts';
import { publishOnce, syncDirectory, unlessAbsent, writeSynced } from '../../platform/storage/atomic.ts';
import { ageOf, type Volume } from '../../platform/storage/volume.ts';
import { type Manifest, manifestText, parseManifest } from './manifest.ts';
import type { Current } from './plan.ts';

/** So many former ones stay beside what is current: pages that are open go on with the one that they began with. */
const FORMER = 20;
const CURRENT = /^CURRENT\.([1-9]\d{0,9})$/;

export interface Shelves {
  /** Durable when this returns. @returns its hash @throws PorticoError 'conflict': another one has this number */
  write(manifest: Manifest): Promise<string>;
  /** @throws PorticoError 'not-found'; 'invalid': it cannot be read, or is not the one with this hash */
  read(n: number, sha256?: string): Promise<Manifest>;
  /** As it lies there, also with what a newer release wrote into it. @throws as `read`, but for what cannot be parsed */
  text(n: number, sha256?: string): Promise<string>;
  /** Of the highest epoch; undefined when nothing was ever published. */
  current(): Promise<Current | undefined>;
  /** The numbers of what is current and of what was so before. */
  recent(): Promise<Set<number>>;
  /**
   * A file for each epoch, never overwritten: whoever was frozen before it wrote, and wakes long after, adds one that is
   * not the highest, and changes nothing.
   */
  raise(current: Current): Promise<void>;
  /** The numbers of all manifests, in order. */
  numbers(): Promise<number[]>;
  /** Milliseconds since it was written, by the volume's clock; undefined when it is gone. */
  age(n: number): Promise<number | undefined>;
  /** Into the trash, from where it can come back. @returns false when it is gone already */
  forget(n: number): Promise<boolean>;
  /** Out of the trash again. @returns whether the one with this hash is there now */
  bringBack(n: number, sha256: string): Promise<boolean>;
  /** What lies in the trash. */
  forgotten(): AsyncIterable<Forgotten>;
}

export interface Forgotten {
  n: number;
  path: string;
  /** `2026-11-21` */
  day: string;
  /** Undefined: it cannot be read. */
  manifest: Manifest | undefined;
}

export const hashOfText = (text: string): string => createHash('sha256').update(text).digest('hex');

export function createShelves(volume: Volume): Shelves {
  const { paths } = volume;

  const publish = (path: string, content: string): Promise<boolean> =>
    volume.guard(async () => {
      const temp = paths.temp(ulid());
      try {
        await writeSynced(temp, content);
      } catch (error) {
        await unlessAbsent(unlink(temp));
        throw error;
      }
      return publishOnce(temp, path, paths.generations);
    });

  async function text(n: number, sha256?: string): Promise<string> {
    const found = await unlessAbsent(readFile(paths.manifest(n), 'utf8'));
    if (found === undefined) throw new PorticoError('not-found', `There is no generation ${n}.`);
    if (sha256 !== undefined && hashOfText(found) !== sha256)
      throw new PorticoError('invalid', `The manifest of generation ${n} is damaged: it has another hash.`);
    return found;
  }

  const epochs = async (): Promise<number[]> => {
    const names = (await unlessAbsent(readdir(paths.generations))) ?? [];
    const found = names.map((name) => Number(CURRENT.exec(name)?.[1])).filter((epoch) => epoch > 0);
    return found.sort((a, b) => b - a);
  };

  /** @returns 0: it says nothing, or is gone */
  async function numberAt(epoch: number): Promise<number> {
    const text = (await unlessAbsent(readFile(paths.current(epoch), 'utf8'))) ?? '';
    return Number(/^\{"n":(\d+)\}\n$/.exec(text)?.[1] ?? 0);
  }

  return {
    async write(manifest) {
      const text = manifestText(manifest);
      if (!(await publish(paths.manifest(manifest.n), text))) {
        // A try that did not live to commit its row left the same one.
        const there = await readFile(paths.manifest(manifest.n), 'utf8');
        if (there !== text)
          throw new PorticoError('conflict', `There is another generation ${manifest.n} on the volume.`);
      }
      return hashOfText(text);
    },

    read: async (n, sha256) => parseManifest(await text(n, sha256)),
    text,

    async current() {
      for (const epoch of await epochs()) {
        const n = await numberAt(epoch);
        if (n > 0) return { epoch, n };
      }
      return undefined;
    },

    recent: async () => new Set((await Promise.all((await epochs()).map(numberAt))).filter((n) => n > 0)),

    async raise({ epoch, n }) {
      await publish(paths.current(epoch), `${JSON.stringify({ n })}\n`);
      for (const former of (await epochs()).slice(FORMER + 1))
        await unlessAbsent(unlink(paths.current(former)));
    },

    async numbers() {
      const names = (await unlessAbsent(readdir(paths.generations))) ?? [];
      return names
        .map((name) => Number(/^([1-9]\d*)\.json$/.exec(name)?.[1]))
        .filter((n) => n > 0)
        .sort((a, b) => a - b);
    },

    age: async (n) => ageOf(paths.manifest(n), await volume.now()),

    forget: (n) =>
      volume.guard(async () => {
        const text = await unlessAbsent(readFile(paths.manifest(n), 'utf8'));
        if (text === undefined) return false;
        const day = new Date(await volume.now()).toISOString().slice(0, 10);
        const directory = join(paths.trash, day);
        await mkdir(directory, { recursive: true, mode: 0o750 });
        await syncDirectory(paths.trash);
        // A manifest is never overwritten, so what is moved is what was read.
        const moved = rename(paths.manifest(n), join(directory, `generation-${n}-${hashOfText(text)}.json`));
        if ((await unlessAbsent(moved.then(() => true))) === undefined) return false;
        await syncDirectory(directory);
        await syncDirectory(paths.generations);
        return true;
      }),

    bringBack: (n, sha256) =>
      volume.guard(async () => {
        for await (const { path } of forgottenManifests(paths.trash, (name) => name === `${n}-${sha256}`)) {
          const text = await unlessAbsent(readFile(path, 'utf8'));
          if (text === undefined || hashOfText(text) !== sha256) continue;
          await publish(paths.manifest(n), text);
          break;
        }
        const there = await unlessAbsent(readFile(paths.manifest(n), 'utf8'));
        return there !== undefined && hashOfText(there) === sha256;
      }),

    async *forgotten() {
      for await (const { name, path, day } of forgottenManifests(paths.trash)) {
        const text = await unlessAbsent(readFile(path, 'utf8'));
        if (text !== undefined) yield { n: Number(name.split('-')[0]), path, day, manifest: readable(text) };
      }
    },
  };
}

const FORGOTTEN = /^generation-([1-9]\d{0,9}-[0-9a-f]{64})\.json$/;

async function* forgottenManifests(trash: string, wanted: (name: string) => boolean = () => true) {
  for (const day of (await unlessAbsent(readdir(trash))) ?? []) {
    if (!/^\d{4}-\d\d-\d\d$/.test(day)) continue;
    for (const file of (await unlessAbsent(readdir(join(trash, day)))) ?? []) {
      const name = FORGOTTEN.exec(file)?.[1];
      if (name !== undefined && wanted(name)) yield { name, day, path: join(trash, day, file) };
    }
  }
}

function readable(text: string): Manifest | undefined {
  try {
    return parseManifest(text);
  } catch {
    return undefined;
  }
}

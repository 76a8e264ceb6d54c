/**
 * Old generations go: the row first, and its manifest into the trash. So no fault loses one that is kept: what dies in between
 * leaves a manifest without a row, which holds on to its blobs until the next run finds it old.
 */
import { unlink } from 'node:fs/promises';
import type { Fence } from '../../agent/types.ts';
import type { Database, Reader } from '../../platform/database/types.ts';
import type { Logger } from '../../platform/log.ts';
import { unlessAbsent } from '../../platform/storage/atomic.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { type Keeping, planForget, planSweep } from './keep.ts';
import { allGenerations, deleteGeneration, neededNumbers } from './repository.ts';
import type { Shelves } from './shelves.ts';

/** As blobs: as long as a mistake can be undone. */
const TRASH_DAYS = 7;

/** So many manifests that nobody knows may be tries that did not live to commit. */
const FEW = 5;

export interface ForgetParts {
  database: Database;
  volume: Volume;
  shelves: Shelves;
  keeping: Keeping;
  log: Logger;
  fence: Fence;
  signal: AbortSignal;
  /** What the database says; a test that shares one has its own. */
  rows?: { all: typeof allGenerations; needed: (reader: Reader) => Promise<Set<number>> };
}

export interface Forgetting {
  /** Their numbers, oldest first. */
  forgotten: number[];
  /** Manifests that no row named. */
  swept: number[];
  /** Manifests that were in the trash, and have a row. */
  broughtBack: number[];
  /** Rows whose manifest is nowhere. */
  lost: number[];
}

/** @throws Error when the volume cannot be relied on */
export async function forgetGenerations(parts: ForgetParts): Promise<Forgetting> {
  const { database, volume, shelves, keeping, log, fence, signal } = parts;
  const rows = parts.rows ?? { all: allGenerations, needed: neededNumbers };
  const state = volume.state();
  if (!state.ok) throw new Error(`Nothing is forgotten: ${state.reason}`);

  /** Also what a portal serves that starts while the database is away. */
  const ask = async () => {
    const { all, needed } = await database.read(async (reader) => ({
      all: await rows.all(reader),
      needed: await rows.needed(reader),
    }));
    const noted = await shelves.current();
    if (noted) needed.add(noted.n);
    return { all, needed };
  };

  const { all, needed } = await ask();
  const forgotten: number[] = [];
  for (const { n, wanted } of planForget(all, needed, new Date(), keeping).toReversed()) {
    signal.throwIfAborted();
    const gone = await database.write(async (tx) => {
      await fence.guard(tx);
      return !(await rows.needed(tx)).has(n) && (await deleteGeneration(tx, n, wanted));
    });
    if (!gone) continue;
    forgotten.push(n);
    log.info({ generation: n }, `generation ${n} is old, and is forgotten`);
  }

  const aged: { n: number; ageMs: number }[] = [];
  for (const n of await shelves.numbers()) {
    const ageMs = forgotten.includes(n) ? Number.POSITIVE_INFINITY : await shelves.age(n);
    if (ageMs !== undefined) aged.push({ n, ageMs });
  }
  // Asked after the volume was: whoever has committed a row by now is seen.
  const now = await ask();
  const known = new Set(now.all.map(({ n }) => n));
  const swept: number[] = [];
  const unknown = planSweep(aged, known, now.needed, keeping);
  // What never came to be is rare: an old database that was put back is likelier than so many of them.
  if (unknown.filter((n) => !forgotten.includes(n)).length > FEW)
    throw new Error(
      `Generations ${unknown.join(', ')} lie on the volume, and the database does not know them: rows may be missing. Nothing is moved until somebody has looked.`,
    );
  for (const n of unknown) {
    signal.throwIfAborted();
    await fence.check();
    if ((await shelves.forget(n)) && !forgotten.includes(n)) swept.push(n);
  }

  // Whoever was frozen before a move knows the rows of long ago: what has one goes back, also by a former primary.
  const broughtBack: number[] = [];
  const lost: number[] = [];
  const there = new Set(await shelves.numbers());
  for (const { n, manifestSha256 } of (await ask()).all) {
    if (there.has(n)) continue;
    signal.throwIfAborted();
    if (await shelves.bringBack(n, manifestSha256)) broughtBack.push(n);
    else if (await stillNamed(parts, rows.all, n)) lost.push(n);
  }
  await emptyTrash(parts);
  return { forgotten, swept, broughtBack, lost };
}

/** It may have been forgotten meanwhile, by a successor. */
async function stillNamed(
  { database }: ForgetParts,
  all: typeof allGenerations,
  n: number,
): Promise<boolean> {
  return (await database.read(all)).some((row) => row.n === n);
}

async function emptyTrash({ volume, shelves, fence, signal }: ForgetParts): Promise<void> {
  const before = new Date((await volume.now()) - TRASH_DAYS * 86_400_000).toISOString().slice(0, 10);
  for await (const { day, path } of shelves.forgotten()) {
    signal.throwIfAborted();
    if (day >= before) continue;
    await fence.check();
    await unlessAbsent(unlink(path));
  }
}

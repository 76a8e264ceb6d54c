import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../platform/database/types.ts';
import type { Fact } from '../gate.ts';
import type { Readiness } from './types.ts';

/** What a portal knows of its volume and its database. Each fact is looked at again and again, and never waited for. */
export interface Facts {
  volume(): Fact & { freeBytes: number | undefined };
  schema(): Fact;
  database(): { ok: boolean; reason: string };
  /** Looks at everything now; called after a thaw. */
  renew(): void;
  stop(): void;
}

/** A volume that has not answered for so long is not there: ms. */
const VOLUME_SILENCE_MS = 3_000;
const VOLUME_EVERY_MS = 1_000;
const SCHEMA_EVERY_MS = 2_000;

export interface FactsOptions {
  dataDirectory: string;
  volumeId: string;
  database: Database;
  /** Names of the migrations that this release needs and the database lacks. */
  missingMigrations(): Promise<string[]>;
  onChange(): void;
}

export function gatherFacts(options: FactsOptions): Facts {
  const now = () => performance.now();
  let volume: ReturnType<Facts['volume']> = {
    ok: false,
    reason: 'the volume was not looked at yet',
    at: -1,
    freeBytes: undefined,
  };
  let schema: Fact = { ok: false, reason: "the database's schema is not known yet", at: -1 };

  const lookAtVolume = async (): Promise<void> => {
    const began = now();
    const { ok, reason, freeBytes } = await inspectVolume(options.dataDirectory, options.volumeId);
    const changed = ok !== volume.ok;
    volume = { ok, reason, freeBytes, at: began };
    if (changed) options.onChange();
  };
  const lookAtSchema = async (): Promise<void> => {
    const began = now();
    try {
      const missing = await options.missingMigrations();
      const ok = missing.length === 0;
      const changed = ok !== schema.ok || began - schema.at > SCHEMA_EVERY_MS * 2;
      schema = { ok, at: began, reason: ok ? '' : `the database lacks the migrations ${missing.join(', ')}` };
      if (changed) options.onChange();
    } catch (error) {
      // What was known stays known: the database being away is the database's own fact.
      if (!schema.ok)
        schema = { ...schema, reason: `the schema cannot be read: ${(error as Error).message}` };
    }
  };
  const loops = [repeat(lookAtVolume, VOLUME_EVERY_MS), repeat(lookAtSchema, SCHEMA_EVERY_MS)];

  return {
    volume: () =>
      volume.ok && now() - volume.at > VOLUME_SILENCE_MS
        ? {
            ...volume,
            ok: false,
            reason: `the volume has not answered for ${Math.round((now() - volume.at) / 1000)} s`,
          }
        : volume,
    schema: () => schema,
    database() {
      const nodes = options.database.nodes();
      if (nodes.some((node) => node.state === 'synced')) return { ok: true, reason: '' };
      const each = nodes.map((node) => `${node.name}: ${node.reason}`).join('; ');
      return { ok: false, reason: `no synced database node is reached (${each || 'none is known'})` };
    },
    renew: () => {
      for (const loop of loops) loop.now();
    },
    stop: () => {
      for (const loop of loops) loop.stop();
    },
  };
}

export async function inspectVolume(directory: string, wantedId: string): Promise<Readiness['volume']> {
  try {
    const [id, stats] = await Promise.all([
      readFile(join(directory, '.volume-id'), 'utf8'),
      statfs(directory),
    ]);
    const freeBytes = stats.bavail * stats.bsize;
    if (id.trim() === wantedId) return { ok: true, reason: '', freeBytes };
    return {
      ok: false,
      reason: 'another volume is mounted: its id is not the one of this cluster',
      freeBytes,
    };
  } catch (error) {
    return {
      ok: false,
      reason: `the volume cannot be read: ${(error as Error).message}`,
      freeBytes: undefined,
    };
  }
}

/** Runs `work` one after the other, `every` ms after it ended; `now` runs it again at once, also while one hangs. */
function repeat(work: () => Promise<void>, every: number): { now(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let round = 0;
  const run = async (): Promise<void> => {
    clearTimeout(timer);
    const mine = ++round;
    await work();
    if (!stopped && mine === round) timer = setTimeout(run, every);
  };
  void run();
  return {
    now: () => void run(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

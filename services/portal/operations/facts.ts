import { readFile } from 'node:fs/promises';
import { expectedSchema, schemaVersion, whySchemaDoesNotFit } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/types.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import type { Fact } from '../gate.ts';

/** What the gate stands on. Each fact is looked at again and again in the background, and never waited for. */
export interface Facts {
  volume(): Fact;
  /** Whether the volume takes what is written to it. */
  storing(): { ok: boolean; reason: string };
  schema(): Fact;
  database(): { ok: boolean; reason: string };
  /** Looks at everything now; called after a thaw. */
  renew(): void;
  stop(): void;
}

const EVERY_MS = 2_000;
/** Once the schema fits, only an older database put back could change that: ms. */
const EVERY_WHEN_WELL_MS = 15_000;
/** After a thaw the gate waits for the answer: ms. */
const EVERY_AFTER_THAW_MS = 250;

export interface FactsOptions {
  volume: Volume;
  database: Database;
  onChange(): void;
}

export function gatherFacts({ volume, database, onChange }: FactsOptions): Facts {
  const now = () => performance.now();
  const expected = expectedSchema();
  let schema: Fact = { ok: false, reason: "the database's schema is not known yet", at: now() };
  let volumeSeenAt = now();
  /** Facts older than this are asked for again and again until they are newer. */
  let renewedFrom = Number.NEGATIVE_INFINITY;

  const lookAtSchema = async (): Promise<void> => {
    const began = now();
    try {
      const fault = whySchemaDoesNotFit(await database.read(schemaVersion), expected);
      schema = { ok: fault === undefined, reason: fault ?? '', at: began };
    } catch (error) {
      // That the database is away is a fact of its own; a schema that was seen to fit still does.
      if (!schema.ok)
        schema = { ...schema, reason: `the schema cannot be read: ${(error as Error).message}` };
    }
  };
  // The volume watches itself (volume.ts), but a state from before a freeze proves nothing.
  const lookAtVolume = async (): Promise<void> => {
    const began = now();
    if (volumeSeenAt >= renewedFrom) return;
    await readFile(volume.paths.volumeId).then(
      () => {
        volumeSeenAt = began;
      },
      () => {}, // the volume's own state says why
    );
    onChange();
  };

  const pace = (seenAt: number, otherwise: number) =>
    seenAt < renewedFrom ? EVERY_AFTER_THAW_MS : otherwise;
  const looks = [
    repeat(lookAtVolume, () => pace(volumeSeenAt, EVERY_WHEN_WELL_MS)),
    repeat(lookAtSchema, () => pace(schema.at, schema.ok ? EVERY_WHEN_WELL_MS : EVERY_MS)),
  ];

  return {
    volume() {
      const { ok, reason } = volume.state();
      return { ok, reason, at: volumeSeenAt };
    },
    storing() {
      const { writable, reason } = volume.state();
      return { ok: writable, reason };
    },
    schema: () => schema,
    database() {
      const nodes = database.nodes();
      if (nodes.some((node) => node.state === 'synced')) return { ok: true, reason: '' };
      const each = nodes.map((node) => `${node.name} ${node.reason}`).join('; ');
      return { ok: false, reason: `no synced database node is reached (${each})` };
    },
    renew() {
      renewedFrom = now();
      for (const look of looks) look.again();
    },
    stop() {
      for (const look of looks) look.stop();
    },
  };
}

/** Runs `work`, and again `due()` ms after it ended; `again` runs it now, also beside one that hangs. */
function repeat(work: () => Promise<void>, due: () => number): { again(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let round = 0;
  const run = async (): Promise<void> => {
    clearTimeout(timer);
    round += 1;
    const mine = round;
    await work();
    if (!stopped && mine === round) timer = setTimeout(run, due());
  };
  void run();
  return {
    again: () => void run(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

import { type ErrorCode, PorticoError } from '../../platform/errors.ts';
import { LeaseLost } from '../../platform/lease/lease.ts';
import type { Logger } from '../../platform/log.ts';
import { isTrashed, restore } from '../../platform/storage/blob-keeping.ts';
import { sweepMarkers, sweepTemporary } from '../../platform/storage/events.ts';
import type { Sidecar } from '../../platform/storage/records.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { type Action, type Observation, type Plan, planBrake, planReconcile, type Survey } from './plan.ts';
import { type MediaParts, sidecarOf } from './service.ts';
import type { MediaItem } from './types.ts';

export interface ReconcileTiming {
  /** How long an upload may be under way between its sidecar and its commit. */
  graceMs: number;
  /** After this a temporary file that nobody writes to belongs to nobody. */
  temporaryMs: number;
}

export const defaultTiming: ReconcileTiming = { graceMs: 10 * 60_000, temporaryMs: 60 * 60_000 };

/** A file that the database knows and the volume has lost. */
export interface Loss {
  id: string;
  sha256: string | undefined;
  reason: string;
}

export interface ReconcileReport {
  /** Why this pass changed nothing; undefined when it went on. */
  stopped: string | undefined;
  survey: Survey;
  done: Record<Action, number>;
  /** At most 100; `done` counts them all. */
  losses: Loss[];
  swept: number;
}

const BATCH = 200;
/** Ids that one pass acts on; the rest waits for the next, so memory is bounded. */
const MAX_ACTIONS = 10_000;
const MAX_LOSSES = 100;

/** Brings the two records of each upload together. Everything it does may be done by every portal, and again. */
export function createReconcile(
  parts: MediaParts,
  volume: Volume,
  log: Logger,
  timing: ReconcileTiming = defaultTiming,
  /** Told of each blob that is named and missing. */
  lost: (sha256: string) => Promise<void> = async () => {},
  signal: AbortSignal = new AbortController().signal,
) {
  const { sidecars, register, blobs, writePath } = parts;

  async function observe(id: string, now: () => Promise<number>) {
    // The record first: an upload publishes it before its row, so a row without one is not an upload under way.
    const found = await sidecars.read(id);
    const stored = await register.find(id);
    const sidecar = found.state === 'media' ? found.sidecar : undefined;
    const sha256 = sidecar?.sha256 ?? stored?.item.sha256;
    const blob = sha256 !== undefined && (await blobs.size(sha256)) !== undefined;
    const seen: Observation = {
      record: sidecar?.refusedAt ? 'refused' : found.state,
      // asked for only where it matters: it costs a file
      ageMs: found.state === 'media' && !stored ? (await now()) - found.writtenAt : 0,
      row: stored !== undefined,
      blob,
      trashed: !blob && sha256 !== undefined && (await isTrashed(volume, sha256)),
    };
    return { seen, sidecar, stored, sha256 };
  }

  // A loss stands in every report; the log is told once.
  const told = new Set<string>();
  function tell(id: string, { action, reason }: Plan): void {
    if (action.startsWith('report')) {
      if (!told.has(id)) log.error({ media: id }, `${id}: ${reason}`);
      told.add(id);
      return;
    }
    told.delete(id);
    if (action !== 'nothing' && action !== 'wait') log.warn({ media: id, action }, `${id}: ${reason}`);
  }

  /** Looks at one id and heals it. */
  async function one(id: string, now: () => Promise<number>): Promise<Plan & { sha256: string | undefined }> {
    const { seen, sidecar, stored, sha256 } = await observe(id, now);
    const plan = planReconcile(seen, timing.graceMs);
    if (plan.action === 'register' && sidecar) {
      await registerAgain(sidecar);
    } else if (plan.action === 'settle' && sidecar) {
      await writePath.settle(sidecar);
    } else if (plan.action === 'delete-row') {
      await register.remove(id);
    } else if (plan.action === 'write-sidecar' && stored) {
      await sidecars.publish(sidecarOf(stored.item, stored.operationId));
    } else if (plan.action === 'restore-blob' && sha256 && !(await restore(volume, sha256, { signal }))) {
      return missing(id, sha256, 'its blob is missing, and the copy in the trash is not whole');
    } else if (plan.action === 'report-missing-blob' && sha256) {
      return missing(id, sha256, plan.reason);
    }
    tell(id, plan);
    return { ...plan, sha256 };
  }

  async function missing(id: string, sha256: string, reason: string) {
    const plan = { action: 'report-missing-blob', reason } as const;
    tell(id, plan);
    await lost(sha256);
    return { ...plan, sha256 };
  }

  async function registerAgain(sidecar: Sidecar): Promise<void> {
    const { item } = await addAgain(sidecar);
    if (item.id === sidecar.id) {
      await parts.announce(sidecar.id);
      return;
    }
    // The client's retry made another item of it meanwhile.
    await sidecars.refuse(sidecar);
    await writePath.settle(sidecar);
  }

  async function addAgain(sidecar: Sidecar): Promise<{ item: MediaItem }> {
    try {
      return await register.add(sidecar);
    } catch (error) {
      // The operation is known and its row is not: the row was lost after all, since only what has no blob or was
      // refused is ever forbidden. Or the key was used again, for something else. Either way the file is worth more.
      if (!isCode(error, 'conflict') && !isCode(error, 'idempotency-mismatch')) throw error;
      const { idempotency: _, ...withoutKey } = sidecar;
      return register.add(withoutKey, { freshOperation: isCode(error, 'conflict') });
    }
  }

  /** Looks over everything, cheaply, and only notes what needs a closer look. */
  async function survey(): Promise<{ counts: Survey; ids: string[] }> {
    const counts = emptySurvey();
    const ids: string[] = [];
    const note = (id: string) => ids.length < MAX_ACTIONS && ids.push(id);
    for await (const batch of sidecars.batches(BATCH)) {
      const known = await register.known(batch);
      for (const id of batch) {
        if (await surveyRecord(id, known.has(id), counts)) note(id);
      }
    }
    for (let after = ''; ; ) {
      const page = await register.page(after, BATCH);
      for (const { id, sha256 } of page) {
        counts.rows += 1;
        if ((await sidecars.read(id)).state !== 'none') continue;
        counts.rowsWithoutRecord += 1;
        if ((await blobs.size(sha256)) === undefined) counts.rowsWithoutBlob += 1;
        note(id);
      }
      const last = page.at(-1);
      if (!last || page.length < BATCH) return { counts, ids };
      after = last.id;
    }
  }

  /** @returns whether it needs a closer look */
  async function surveyRecord(id: string, row: boolean, counts: Survey): Promise<boolean> {
    counts.records += 1;
    const found = await sidecars.read(id);
    if (found.state === 'tombstone') return row;
    if (found.state !== 'media') return true;
    const blob = (await blobs.size(found.sidecar.sha256)) !== undefined;
    if (!blob && row) counts.rowsWithoutBlob += 1;
    if (!blob && !row) counts.strandedRecords += 1;
    return !blob || !row;
  }

  /** One file that cannot be healed must not keep the others from it; without the database nothing can. */
  async function oneOfMany(
    id: string,
    now: () => Promise<number>,
  ): Promise<Plan & { sha256: string | undefined }> {
    try {
      return await one(id, now);
    } catch (error) {
      if (isCode(error, 'database-unavailable') || isCode(error, 'volume-unavailable')) throw error;
      if (error instanceof LeaseLost) throw error;
      log.error({ err: error, media: id }, `${id} could not be reconciled.`);
      return { action: 'failed', reason: `it could not be reconciled: ${String(error)}`, sha256: undefined };
    }
  }

  async function pass(): Promise<ReconcileReport> {
    const report = emptyReport();
    const state = volume.state();
    if (!state.ok) return { ...report, stopped: state.reason };
    const { counts, ids } = await survey();
    report.survey = counts;
    report.stopped = planBrake(counts);
    if (report.stopped !== undefined) return report;
    const began = await volume.now();
    for (const id of ids) {
      signal.throwIfAborted();
      const { action, reason, sha256 } = await oneOfMany(id, async () => began);
      report.done[action] += 1;
      if ((action.startsWith('report') || action === 'failed') && report.losses.length < MAX_LOSSES)
        report.losses.push({ id, sha256, reason });
    }
    report.swept = (await sweepMarkers(volume)) + (await sweepTemporary(volume, timing.temporaryMs));
    return report;
  }

  return { pass, one: (id: string) => one(id, () => volume.now()) };
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof PorticoError && error.code === code;
}

export function emptyReport(): ReconcileReport {
  return {
    stopped: undefined,
    survey: emptySurvey(),
    done: {
      nothing: 0,
      wait: 0,
      register: 0,
      settle: 0,
      'delete-row': 0,
      'write-sidecar': 0,
      'restore-blob': 0,
      'report-missing-blob': 0,
      'report-damaged-record': 0,
      failed: 0,
    },
    losses: [],
    swept: 0,
  };
}

function emptySurvey(): Survey {
  return { records: 0, rows: 0, rowsWithoutBlob: 0, rowsWithoutRecord: 0, strandedRecords: 0 };
}

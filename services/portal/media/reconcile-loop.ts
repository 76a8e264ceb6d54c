import { setTimeout as after } from 'node:timers/promises';
import { watchEvents } from '../../platform/storage/events.ts';
import { untilThere } from '../../platform/storage/volume.ts';
import { createReconcile, type Loss, type ReconcileReport, type ReconcileTiming } from './reconcile.ts';
import { type MediaOptions, mediaParts } from './service.ts';

export interface ReconcileOptions extends MediaOptions {
  /** Milliseconds between two passes; a long pass makes its successor wait ten times as long as it took. */
  intervalMs?: number;
  timing?: ReconcileTiming;
  /** See WatchOptions. */
  polling?: boolean;
}

export interface ReconcileState {
  ok: boolean;
  /** A sentence for the operator. */
  reason: string;
  losses: Loss[];
  /** Of the last pass that came to its end. */
  lastPass: Date | undefined;
}

export interface ReconcileLoop {
  /** For the status page. Never waits. */
  state(): ReconcileState;
  close(): Promise<void>;
}

/** After a pass that the database or the volume cut short. */
const RETRY_MS = 5000;

/** Reconciles at once, on each marker (that id only), and every minute. */
export function startReconcile(options: ReconcileOptions): ReconcileLoop {
  const { volume, log, intervalMs = 60_000, timing } = options;
  const reconcile = createReconcile(mediaParts(options), volume, log, timing);
  const stop = new AbortController();
  let state: ReconcileState = {
    ok: true,
    reason: 'No pass has come to its end yet.',
    losses: [],
    lastPass: undefined,
  };

  /** @returns whether it came to its end, or stopped for a reason that only a person can remove */
  const pass = async (): Promise<boolean> => {
    let report: ReconcileReport;
    try {
      report = await reconcile.pass();
    } catch (error) {
      // The database or the volume went away on the way. The next pass begins from the start.
      const reason = `The reconcile did not come to its end: ${error instanceof Error ? error.message : String(error)}`;
      log.warn({ err: error }, reason);
      state = { ...state, ok: false, reason };
      return false;
    }
    if (report.stopped !== undefined) {
      log.error({ survey: report.survey }, `The reconcile has stopped: ${report.stopped}`);
      state = { ...state, ok: false, reason: report.stopped };
      return true;
    }
    state = { ...judge(report), losses: report.losses, lastPass: new Date() };
    return true;
  };

  const run = async () => {
    while (!stop.signal.aborted) {
      try {
        await untilThere(volume, stop.signal);
        const began = performance.now();
        const ended = await pass();
        const pause = Math.max(
          ended ? intervalMs : Math.min(intervalMs, RETRY_MS),
          10 * (performance.now() - began),
        );
        // spread, so that the portals do not go round together
        await after(pause * (0.8 + Math.random() * 0.4), undefined, { signal: stop.signal, ref: false });
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
    }
  };

  const running = run();
  const watching = untilThere(volume, stop.signal).then(() =>
    watchEvents({ volume, log, polling: options.polling ?? false }, (id) => {
      if (!volume.state().ok || stop.signal.aborted) return;
      reconcile.one(id).catch((error: unknown) => {
        log.warn({ err: error, media: id }, `${id} could not be reconciled now; the next pass will.`);
      });
    }),
  );
  watching.catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, 'The markers cannot be watched.');
  });

  return {
    state: () => state,
    async close() {
      stop.abort();
      const [end] = await Promise.allSettled([watching]);
      if (end.status === 'fulfilled') await end.value();
      await running;
    },
  };
}

function judge({ done }: ReconcileReport): Pick<ReconcileState, 'ok' | 'reason'> {
  const lost = done['report-missing-blob'] + done['report-damaged-record'] + done.failed;
  if (lost === 0) return { ok: true, reason: 'Both records of every file agree.' };
  return { ok: false, reason: `${lost} ${lost === 1 ? 'file is' : 'files are'} not whole.` };
}

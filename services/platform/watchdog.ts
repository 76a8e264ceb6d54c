import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/**
 * Ends this process when its event loop hangs, so that Docker starts it again (Compose restarts nothing that is merely
 * unhealthy). The watcher is a thread and counts its own ticks: a frozen process freezes both, so a thaw is no hang.
 */
const TICK_MS = 500;
/** 10 s of the watcher's own ticks. */
const PATIENCE = 20;

export interface Watched {
  beats: number;
  silentTicks: number;
}

/** Pure: what the watcher knows after a tick, and whether to end the process. */
export function watch(
  before: Watched,
  beats: number,
  patience = PATIENCE,
): { after: Watched; hung: boolean } {
  const silentTicks = beats === before.beats ? before.silentTicks + 1 : 0;
  return { after: { beats, silentTicks }, hung: silentTicks >= patience };
}

/** @returns what ends the watch */
export function startWatchdog(patience = PATIENCE): () => Promise<void> {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const timer = setInterval(() => Atomics.add(shared, 0, 1), TICK_MS);
  timer.unref();
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { shared, patience },
    execArgv: [],
    stdout: false,
    stderr: false,
  });
  worker.unref();
  return async () => {
    clearInterval(timer);
    await worker.terminate();
  };
}

if (!isMainThread && workerData?.shared) {
  const { shared, patience } = workerData as { shared: Int32Array; patience: number };
  let state: Watched = { beats: -1, silentTicks: 0 };
  setInterval(() => {
    const { after, hung } = watch(state, Atomics.load(shared, 0), patience);
    state = after;
    if (!hung) return;
    writeSync(
      2,
      `${JSON.stringify({ level: 'fatal', msg: `the event loop stood still for ${(patience * TICK_MS) / 1000} s; ending the process` })}\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  }, TICK_MS);
}

import type { Server } from 'node:http';
import type { Logger } from '../platform/log.ts';

/** Requests being answered, without those under /-/ (health checks and other portals never count as traffic). */
export interface Traffic {
  running: number;
  total: number;
  /** Monotonic ms of the last request's start. */
  lastStart: number;
}

/** The load balancer looks four times a second: after this long it has seen the closed gate, ms. */
const QUIET_MS = 1_000;
/** Longer than this nobody waits for quiet: whoever still sends ignores the gate. */
const QUIET_LIMIT_MS = 10_000;

export type DrainStep = { step: 'serve' | 'finish' | 'cut' | 'done'; reason: string };

/** Pure: what a draining portal does now. Times are monotonic milliseconds. */
export function planDrain(now: number, began: number, traffic: Traffic, graceMs: number): DrainStep {
  const quiet = now - Math.max(began, traffic.lastStart);
  if (quiet < QUIET_MS && now - began < QUIET_LIMIT_MS)
    return { step: 'serve', reason: 'requests still arrive' };
  if (traffic.running === 0) return { step: 'done', reason: 'everything is answered' };
  if (now - began >= graceMs)
    return { step: 'cut', reason: `${traffic.running} requests outlast the grace period` };
  return { step: 'finish', reason: `${traffic.running} requests are being answered` };
}

/** Resolves when nothing is being answered any more, or the grace period is over. */
export async function drain(server: Server, traffic: Traffic, graceMs: number, log: Logger): Promise<void> {
  const began = performance.now();
  let announced = '';
  for (;;) {
    const { step, reason } = planDrain(performance.now(), began, traffic, graceMs);
    if (step !== announced) log.info({ step, running: traffic.running }, `draining: ${reason}`);
    announced = step;
    if (step !== 'serve') {
      if (server.listening) server.close();
      // Again and again: a connection whose answer has just gone out would otherwise wait for a next request.
      server.closeIdleConnections();
    }
    if (step === 'cut') server.closeAllConnections();
    if (step === 'cut' || step === 'done') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

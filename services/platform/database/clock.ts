/**
 * Milliseconds for which this process was awake, counted tick by tick. A process that was frozen (SIGSTOP, a paused
 * container, a laptop's lid) finds every wall-clock deadline passed when it thaws, and would take healthy nodes for
 * dead ones. Here one tick counts for at most two intervals, however long it took to come.
 */
export class AwakeClock {
  readonly intervalMs: number;
  private awakeMs = 0;
  private lastTick = performance.now();

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  tick(): number {
    const now = performance.now();
    this.awakeMs += Math.min(now - this.lastTick, 2 * this.intervalMs);
    this.lastTick = now;
    return this.awakeMs;
  }

  /** Exact to one interval. */
  now(): number {
    return this.awakeMs + Math.min(performance.now() - this.lastTick, 2 * this.intervalMs);
  }
}

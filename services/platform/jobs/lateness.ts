import type { JobRun } from '../../agent/types.ts';

/** What another agent takes to become primary and to make up for what was missed, with room to spare: seconds. */
const GRACE_S = 60;

/** A job as the agent that knows it says. */
export interface Pace {
  /** From one slot to the next: seconds. */
  everySeconds: number;
  running: boolean;
  /** Of that agent: seconds. */
  uptime: number;
}

/**
 * Pure: whether a job should have run again by now. One slot may be missed: it passes while the run before is at it, or
 * between two primaries.
 * @param now by the clock of who looks, which is worth as much as an alarm needs
 */
export function isOverdue(
  { everySeconds, running, uptime }: Pace,
  last: Pick<JobRun, 'startedAt' | 'endedAt'> | undefined,
  now: Date,
): boolean {
  const allowed = 2 * everySeconds + GRACE_S;
  if (running) return false;
  // It never ran: only an agent that was there for its slots can tell.
  if (!last) return uptime > allowed;
  // After a long stop of the whole cluster everything is late, until the first primary has made up for it.
  return uptime > GRACE_S && (now.getTime() - (last.endedAt ?? last.startedAt).getTime()) / 1000 > allowed;
}

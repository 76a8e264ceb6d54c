import { isOverdue } from '../../platform/jobs/lateness.ts';
import { duration } from '../../portal/assets/words.js';
import type { AgentSaid, Observed, Records } from './observe.ts';

/** A job of the agents, as `status` shows it. */
export interface JobLine {
  name: string;
  title: string;
  /** Cron with seconds, in UTC. */
  schedule: string;
  /** ISO 8601. */
  nextRun: string | undefined;
  running: boolean;
  overdue: boolean;
  /** False when nobody could look them up. */
  runsKnown: boolean;
  /** The run that began last; undefined when it never ran. */
  lastRun: Records['runs'][number] | undefined;
}

export interface Work {
  jobs: JobLine[];
  findings: number | undefined;
  /** Sentences; empty when all is well, and when nobody wanted to know. */
  reasons: string[];
}

/** Pure: what the agents do, and what of it is amiss. */
export function judgeWork({ agents, portals, records }: Observed, now: Date): Work {
  const said = [...agents.values()].flatMap((told) => ('answer' in told ? [told.answer] : []));
  const primary = said.find(({ role }) => role === 'primary');
  const known = primary ?? said[0];
  const read = records && 'answer' in records ? records.answer : undefined;
  const jobs = known ? linesOf(known, read, now) : [];
  const findings = read?.findings;
  if (records === undefined) return { jobs, findings, reasons: [] };

  const reasons: string[] = [];
  if (said.length > 0 && !primary) reasons.push('no agent is primary: what is scheduled waits');
  if (primary && said.length === 1)
    reasons.push('one agent is left: when it goes, nothing that is scheduled is done');
  // Every portal says the same of the files: the first that finds fault is enough.
  const lost = [...portals.values()].find((told) => 'answer' in told && !told.answer.media.ok);
  if (lost && 'answer' in lost) reasons.push(lost.answer.media.reason);
  if ('fault' in records) reasons.push(`how the jobs ran is not known: ${records.fault}`);
  for (const { name, lastRun, overdue } of jobs) {
    // What a reconcile that failed means for the files is in the portals' own words above.
    if (name !== 'reconcile' && lastRun?.state === 'failed')
      reasons.push(`the job ${name} failed: ${lastRun.result}`);
    // Without a primary all of them become so, and that is said.
    if (primary && overdue) reasons.push(`the job ${name} is overdue`);
  }
  return { jobs, findings, reasons };
}

function linesOf({ jobs, uptime }: AgentSaid, read: Records | undefined, now: Date): JobLine[] {
  return jobs.map(({ name, title, schedule, nextRun, running, everySeconds }) => {
    const last = read?.runs.find((run) => run.job === name);
    const pace = { everySeconds, running, uptime };
    const seen = last && { startedAt: last.startedAt, endedAt: last.endedAt };
    return {
      name,
      title,
      schedule,
      nextRun,
      running,
      overdue: read !== undefined && isOverdue(pace, seen, now),
      runsKnown: read !== undefined,
      lastRun: last,
    };
  });
}

export const JOB_HEAD = ['', 'JOB', 'LAST RUN', 'TOOK', 'NEXT RUN', 'RESULT'];

export function jobRow(
  { name, nextRun, running, overdue, runsKnown, lastRun }: JobLine,
  now: Date,
): string[] {
  const next = overdue ? 'overdue' : nextRun === undefined ? '' : `in ${seconds(now, new Date(nextRun))}`;
  if (!runsKnown) return ['', name, 'not known', '', next, ''];
  if (!lastRun) return [overdue ? '✗' : '', name, 'never', '', next, ''];
  const { state, startedAt, endedAt, result } = lastRun;
  const mark = running || state === 'running' ? '…' : state === 'done' && !overdue ? '✓' : '✗';
  const took = endedAt ? `${((endedAt.getTime() - startedAt.getTime()) / 1000).toFixed(1)} s` : '';
  const said = state === 'done' ? result : `${state}: ${result}`.replace(/: $/, '');
  return [mark, name, `${seconds(startedAt, now)} ago`, took, next, said];
}

/** The containers' clock may be a little ahead of ours. */
function seconds(from: Date, to: Date): string {
  return duration(Math.max(0, (to.getTime() - from.getTime()) / 1000));
}

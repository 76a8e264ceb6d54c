import type { ClusterEvent } from '../assets/changes.js';
import { duration } from '../assets/words.js';
import { moment } from '../views/words.ts';
import type { JobStatus, RunStatus } from './types.ts';

const STATES = {
  running: { tone: 'warn', icon: 'clock', label: 'running' },
  done: { tone: 'good', icon: 'check', label: 'done' },
  failed: { tone: 'bad', icon: 'cross', label: 'failed' },
  abandoned: { tone: 'gone', icon: 'warn', label: 'abandoned' },
};

/** A run as the pages show it: views only escape and loop. */
export function showRun(run: RunStatus) {
  const { slot, attempt, agent, requestedBy, state, startedAt, endedAt, result } = run;
  const took = endedAt === undefined ? undefined : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return {
    ...STATES[state],
    state,
    slot,
    attempt,
    agent,
    startedAt,
    moment: moment(new Date(startedAt)),
    took: took === undefined ? '' : took < 10 ? `${took.toFixed(1)} s` : duration(took),
    why: requestedBy === undefined ? 'scheduled' : `asked for by ${requestedBy}`,
    result: result || (state === 'running' ? 'It has just begun.' : ''),
  };
}

/** An event on a page without a script: its time of day is the cluster's. */
export function showEvent({ at, tone, text }: ClusterEvent) {
  const time = new Date(at);
  return {
    tone,
    text,
    at: time.toISOString(),
    when: moment(time),
    clock: time.toISOString().slice(11, 19),
  };
}

export function showJob(job: JobStatus, now: Date) {
  const { name, title, nextRun, requested, runsKnown, overdue, lastRun } = job;
  const seconds = nextRun === undefined ? undefined : (Date.parse(nextRun) - now.getTime()) / 1000;
  return {
    name,
    title,
    page: `/status/jobs/${name}`,
    next: seconds === undefined ? '' : seconds < 1 ? 'now' : `in ${duration(seconds)}`,
    nextRun: nextRun ?? '',
    requested,
    overdue,
    none: runsKnown ? 'It has not run yet.' : 'Its runs are not known while the database is away.',
    last: lastRun && showRun(lastRun),
  };
}

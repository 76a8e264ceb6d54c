// What happened between two looks at the cluster, in sentences. Pure: the same for the terminal, the portals and the page.

import { duration } from './words.js';

/** Those of which one leads, and what it is said to do. */
const LEADERS = {
  database: { role: 'writer', now: 'takes the writes', none: 'no database node takes writes: they wait' },
  agent: { role: 'primary', now: 'runs the jobs', none: 'no agent runs the jobs: what is scheduled waits' },
};

/** Nothing was seen yet. The first look makes no events. */
export const NOTHING_SEEN = { seen: undefined, leaders: {} };

/**
 * @param memory what the look before left behind, or NOTHING_SEEN
 * @param sightings every part, as it is now
 * @param at ms since 1970
 */
export function changesSince(memory, sightings, at) {
  const first = memory.seen === undefined;
  const before = memory.seen ?? {};
  const events = [];
  const seen = {};
  for (const now of sightings) {
    const then = before[now.name];
    const same = then && then.tone === now.tone && then.state === now.state;
    // Since when it is not well, if it was before; kept while it goes from one illness to the next.
    const since = now.tone === 'good' ? undefined : then?.tone === 'good' ? at : then?.since;
    seen[now.name] = { ...now, since };
    if (first || same) continue;
    const text = then ? changeOf(then, now, at) : `${now.name} is here: ${now.state}`;
    events.push({ at, name: now.name, tone: now.tone, text });
  }
  for (const then of Object.values(before)) {
    // That it is gone was said when it went.
    if (!seen[then.name] && then.tone !== 'gone')
      events.push({ at, name: then.name, tone: 'gone', text: `${then.name} has left` });
  }
  const leaders = { ...memory.leaders };
  for (const [kind, words] of Object.entries(LEADERS)) {
    if (!sightings.some((one) => one.kind === kind)) continue;
    follow(kind, words, { first, at, sightings, leaders, events });
  }
  return { memory: { seen, leaders }, events };
}

function changeOf(then, now, at) {
  const why = now.reason ? `: ${ended(now.reason)}` : '';
  if (now.tone !== 'good') return `${now.name} is ${now.state}${why}`;
  if (then.since === undefined) return `${now.name} is ${now.state}`;
  return `${now.name} is back after ${duration(Math.max(0, at - then.since) / 1000)}: ${now.state}`;
}

/** A new leader is said beside the end of the old one, when both were seen in one look. */
function follow(kind, { role, now, none }, { first, at, sightings, leaders, events }) {
  const before = leaders[kind];
  const leader = sightings.find((one) => one.kind === kind && one.role === role)?.name;
  if (leader === undefined) {
    if (!first && before?.led) events.push({ at, name: before.name, tone: 'bad', text: none });
    if (before) leaders[kind] = { ...before, led: false };
    return;
  }
  leaders[kind] = { name: leader, led: true };
  if (first || (before?.name === leader && before.led)) return;
  const again = before?.name === leader ? ' again' : '';
  const text = `${leader} ${now}${again}`;
  const end = before && events.find((event) => event.name === before.name && event.tone !== 'good');
  if (end && before.name !== leader) end.text += `; ${text}`;
  else events.push({ at, name: leader, tone: 'good', text });
}

const ended = (sentence) => sentence.replace(/\.$/, '');

/** Nothing was counted yet. */
export const NOTHING_COUNTED = { until: 0, failed: undefined, again: undefined };
/** A second without any ends a run of them only after so many. */
const QUIET = 3;

/**
 * Runs of seconds in which requests failed, or had to be asked again of another portal.
 * @param memory what the look before left behind, or NOTHING_COUNTED
 * @param seconds as `flow` of traffic.js gives them, the oldest first
 */
export function troubleSince(memory, seconds) {
  let { until, failed, again } = memory;
  const events = [];
  for (const second of seconds) {
    if (second.at < until) continue;
    until = second.at + 1;
    const at = second.at * 1000;
    if (second.failed > 0 && !failed) {
      const text = `${requests(second.failed)} of ${second.requests} failed within a second`;
      events.push({ at, name: '', tone: 'bad', text });
    }
    const [failing, failedRun] = runOf(failed, second.failed, second.at);
    if (failedRun) {
      const text = `no more requests fail: ${failedRun.sum} did in all, within ${lengthOf(failedRun)}`;
      events.push({ at, name: '', tone: 'good', text });
    }
    failed = failing;
    const [repeating, againRun] = runOf(again, second.again, second.at);
    if (againRun) {
      const text = `${requests(againRun.sum)} went to another portal instead, within ${lengthOf(againRun)}`;
      events.push({ at: againRun.from * 1000, name: '', tone: 'warn', text });
    }
    again = repeating;
  }
  return { memory: { until, failed, again }, events };
}

/** @returns the run that goes on, and the one that has just ended */
function runOf(run, count, at) {
  if (count > 0) return [{ from: run?.from ?? at, last: at, sum: (run?.sum ?? 0) + count }];
  if (run && at - run.last >= QUIET) return [undefined, run];
  return [run];
}

const requests = (count) => `${count.toLocaleString('en')} request${count === 1 ? '' : 's'}`;
const lengthOf = ({ from, last }) => duration(last - from + 1);

/** Two onlookers see the same at times that lie so far apart: ms. */
const SAME_WITHIN = 15_000;

/** Two lists, each with the newest first, as one: what several portals saw is there once. */
export function mergeEvents(known, more, { atMost = 100 } = {}) {
  const merged = [];
  for (const event of more) if (![...known, ...merged].some((one) => isSame(one, event))) merged.push(event);
  // Of what happened at the same time, what was told later stays above.
  return [...merged, ...known].sort((a, b) => b.at - a.at).slice(0, atMost);
}

function isSame(one, other) {
  // What one onlooker saw twice did happen twice.
  if (one.seenBy === other.seenBy) return one.at === other.at && one.text === other.text;
  if (Math.abs(one.at - other.at) >= SAME_WITHIN) return false;
  return gist(one.text) === gist(other.text) || one.text.endsWith(`; ${other.text}`);
}

/** Two onlookers count a little differently, and give their own reasons. */
const gist = (text) =>
  text
    .split(': ')[0]
    .replace(/(?<=^| )\d[\d,]*(?= |$)/g, '')
    .replace('requests', 'request');

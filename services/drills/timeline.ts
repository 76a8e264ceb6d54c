/** What the load felt, bucket by bucket, with the moments at which something happened. Pure. */
import type { Kind, Sample } from './samples.ts';

export interface Mark {
  /** Milliseconds since the timeline's begin. */
  at: number;
  /** `struck`: the fault; `detected`: another part said so; `healed`: it ended; `whole`: the cluster was whole again. */
  what: 'struck' | 'detected' | 'healed' | 'whole';
}

export interface Timeline {
  /** Milliseconds of one bucket. */
  bucketMs: number;
  marks: Mark[];
  /** Requests answered in each bucket. */
  answers: number[];
  /** The longest that anybody who was answered, or waited, in it had waited till then, or till its end: ms. */
  reads: number[];
  writes: number[];
  /** Requests that ended in it and failed. */
  failed: number[];
}

export const BUCKET_MS = 250;
/** What the picture of a wait is at least as high as, so that the usual ups and downs do not look like mountains. */
export const LEAST_WAIT_MS = 200;
const isRead = (kind: Kind): boolean => kind === 'page' || kind === 'media';

/** @param marks with `at` by the samples' clock */
export function timelineOf(
  samples: readonly Sample[],
  marks: readonly Mark[],
  from: number,
  to: number,
  bucketMs = BUCKET_MS,
): Timeline {
  const buckets = Math.max(1, Math.ceil((to - from) / bucketMs));
  const zeros = () => new Array<number>(buckets).fill(0);
  const line: Timeline = {
    bucketMs,
    marks: marks.map((mark) => ({ ...mark, at: Math.round(mark.at - from) })),
    answers: zeros(),
    reads: zeros(),
    writes: zeros(),
    failed: zeros(),
  };
  const at = (moment: number) => Math.min(buckets - 1, Math.max(0, Math.floor((moment - from) / bucketMs)));
  for (const one of samples) {
    if (one.end < from || one.start > to) continue;
    const waits = isRead(one.kind) ? line.reads : line.writes;
    const last = at(one.end);
    // A wait grows while it lasts, so that the picture rises from the moment at which the waiting began.
    for (let i = at(one.start); i <= last; i++) {
      const until = Math.min(one.end, from + (i + 1) * bucketMs);
      waits[i] = Math.max(waits[i] ?? 0, Math.round(until - one.start));
    }
    line.answers[last] = (line.answers[last] ?? 0) + 1;
    if (one.outcome === 'failed' || one.outcome === 'refused')
      line.failed[last] = (line.failed[last] ?? 0) + 1;
  }
  return line;
}

const BARS = ' ▁▂▃▄▅▆▇█';
const SIGNS: Record<Mark['what'], string> = { struck: '▼', detected: '◆', healed: '▲', whole: '●' };
const MEANINGS: Record<Mark['what'], string> = {
  struck: 'the fault',
  detected: 'noticed',
  healed: 'its end',
  whole: 'whole again',
};

/** Lines for a terminal, at most `width` columns wide. */
export function drawText(timeline: Timeline, width = 100): string[] {
  const label = 10;
  const room = Math.max(20, width - label - 12);
  const per = Math.max(1, Math.ceil(timeline.answers.length / room));
  const columns = Math.ceil(timeline.answers.length / per);
  const marks = new Array<string>(columns).fill(' ');
  for (const { at, what } of timeline.marks) {
    // Two within one column: the later one moves on.
    let column = Math.min(columns - 1, Math.floor(at / timeline.bucketMs / per));
    while (marks[column] !== ' ' && column < columns - 1) column += 1;
    marks[column] = SIGNS[what];
  }
  const secondsAcross = (timeline.answers.length * timeline.bucketMs) / 1000;
  const told = timeline.marks.map(({ at, what }) => `${SIGNS[what]} ${MEANINGS[what]} ${seconds(at)}`);
  const row = (name: string, values: number[], unit: (most: number) => string, least = 1) =>
    `${name.padEnd(label)}${bars(values, least)} ${unit(Math.max(...values))}`;
  const waits = (values: number[]) => grouped(values, per, (some) => Math.max(...some));
  const sums = (values: number[]) => grouped(values, per, (some) => some.reduce((a, b) => a + b, 0));
  const rate = (most: number) => `≤ ${Math.round((most / (per * timeline.bucketMs)) * 1000)}/s`;
  const lines = [
    `${''.padEnd(label)}${marks.join('')}`.trimEnd(),
    row('answers', sums(timeline.answers), rate),
    row('reads', waits(timeline.reads), (most) => `≤ ${seconds(most)}`, LEAST_WAIT_MS),
    row('writes', waits(timeline.writes), (most) => `≤ ${seconds(most)}`, LEAST_WAIT_MS),
  ];
  if (timeline.failed.some((count) => count > 0))
    lines.push(row('failed', sums(timeline.failed), (most) => `≤ ${most}`));
  return [...lines, `${''.padEnd(label)}0 to ${secondsAcross.toFixed(0)} s: ${told.join(', ')}`];
}

function bars(values: readonly number[], least: number): string {
  const most = Math.max(least, ...values);
  return values
    .map((value) => BARS[value <= 0 ? 0 : Math.max(1, Math.ceil((value / most) * (BARS.length - 1)))])
    .join('');
}

function grouped(values: readonly number[], per: number, join: (some: number[]) => number): number[] {
  const groups: number[] = [];
  for (let i = 0; i < values.length; i += per) groups.push(join(values.slice(i, i + per)));
  return groups;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

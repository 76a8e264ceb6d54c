import type { HealthSample } from './samples.ts';

/** Pure: a line of the status page's charts, as an SVG path in a box of 0…WIDTH and 0…HEIGHT. */
export const WIDTH = 600;
export const HEIGHT = 80;

export interface Chart {
  title: string;
  /** SVG path data; empty without samples. Time without a sample is a gap. */
  path: string;
  /** What is at the top of the box. */
  top: string;
  /** The same in words, for who cannot see it. */
  summary: string;
}

export interface Line {
  title: string;
  value: (sample: HealthSample) => number | null;
  show: (value: number) => string;
  /** The top of the box is at least this. */
  atLeast: number;
}

/** @param gapMs samples further apart than this have nothing between them */
export function chartOf(
  samples: readonly HealthSample[],
  { title, value, show, atLeast }: Line,
  span: { from: number; to: number },
  gapMs: number,
): Chart {
  const points = samples.flatMap((sample) => {
    const y = value(sample);
    return y === null ? [] : [{ at: Date.parse(sample.at), y }];
  });
  const values = points.map(({ y }) => y);
  const top = Math.max(atLeast, ...values);
  const x = (at: number) => (((at - span.from) / (span.to - span.from)) * WIDTH).toFixed(1);
  const y = (height: number) => (HEIGHT - (height / top) * HEIGHT).toFixed(1);
  let path = '';
  let before = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    path += `${point.at - before > gapMs ? 'M' : 'L'}${x(point.at)} ${y(point.y)}`;
    // A lone point is a dot: a line of no length, with round ends.
    if (point.at - before > gapMs) path += `h0`;
    before = point.at;
  }
  const last = values.at(-1);
  const summary =
    last === undefined
      ? 'No samples yet.'
      : `Now ${show(last)}; lowest ${show(Math.min(...values))}, highest ${show(Math.max(...values))}.`;
  return { title, path, top: show(top), summary };
}

export const LINES: Line[] = [
  {
    title: 'Portals serving',
    value: (sample) => sample.portalsServing,
    show: (value) => String(Math.round(value)),
    atLeast: 2,
  },
  {
    title: 'Database nodes synced',
    value: (sample) => sample.databasesSynced,
    show: (value) => String(Math.round(value)),
    atLeast: 3,
  },
  {
    title: 'Requests a second',
    value: (sample) => sample.requestsPerSecond,
    show: (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')),
    atLeast: 1,
  },
  {
    title: 'Slowest portal’s answer',
    value: (sample) => sample.latencyMs,
    show: (value) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ms`,
    atLeast: 10,
  },
];

import type { ClusterEvent, Sighting } from '../../portal/assets/changes.js';
import { type Flow, rate, wait } from '../../portal/assets/traffic.js';
import type { Verdict } from '../status/judge.ts';
import { bars, type Line, paint, type Span, type Style, squeeze } from './paint.ts';
import type { Row } from './sightings.ts';

export interface Scene {
  project: string;
  address: string;
  at: Date;
  state: Verdict['state'];
  rows: Row[];
  /** Undefined while no load balancer tells what it counts. */
  flow: Flow | undefined;
  /** The newest first. */
  events: readonly ClusterEvent[];
  /** What keeps `watch` itself from seeing; empty when nothing does. */
  fault: string;
  /** How to leave. */
  hint: string;
}

export interface Window {
  width: number;
  /** Lines; more than that many are never drawn. Undefined: as many as there are. */
  height: number | undefined;
  colour: boolean;
}

const MARKS: Record<Sighting['tone'], string> = { good: '●', warn: '▲', bad: '✗', gone: '○' };
const SENTENCES: Record<Verdict['state'], [Style, string]> = {
  whole: ['good', '● The cluster is whole.'],
  degraded: ['warn', '▲ Something is away, and the cluster serves.'],
  down: ['bad', '✗ The cluster does not serve.'],
};
const TITLES: [Sighting['kind'], string][] = [
  ['balancer', 'LB'],
  ['portal', 'portals'],
  ['agent', 'agents'],
  ['database', 'database'],
];
const LABEL = 10;
/** At least so many events are worth the room that they take. */
const FEW = 3;

/** Pure: what is on the screen, line by line. */
export function frame(scene: Scene, { width, height, colour }: Window): string[] {
  const head = [titleLine(scene, width), sentenceLine(scene), []];
  const body = [...head, ...flowLines(scene.flow, width), [], ...rowLines(scene.rows), []];
  const foot: Line[] = scene.hint ? [[{ text: scene.hint, style: 'faint' }]] : [];
  const room = height === undefined ? scene.events.length : height - body.length - foot.length;
  const events = eventLines(scene.events.slice(0, Math.max(room, FEW)));
  const lines = [...body, ...events];
  const kept = height === undefined ? lines : lines.slice(0, Math.max(0, height - foot.length));
  if (height !== undefined) while (kept.length < height - foot.length) kept.push([]);
  return [...kept, ...foot].map((line) => paint(line, width, colour));
}

/** Local time, as in the events: "10:41:07". */
export function clock(at: Date | number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

function titleLine({ project, address, at }: Scene, width: number): Line {
  const time = clock(at);
  const left = `Portico  ${project}  ${address}`;
  // The time is at the right edge, or nowhere.
  const gap = width - left.length - time.length;
  const start: Line = [
    { text: 'Portico', style: 'strong' },
    { text: left.slice('Portico'.length), style: 'faint' },
  ];
  return gap < 2 ? start : [...start, { text: ' '.repeat(gap) + time, style: 'faint' }];
}

function sentenceLine({ state, fault, rows }: Scene): Line {
  if (fault) return [{ text: `✗ ${fault}`, style: 'bad' }];
  const [style, text] = SENTENCES[state];
  const away = rows.filter((row) => row.tone !== 'good').map(({ name }) => name);
  const names: Span[] = away.length > 0 ? [{ text: `  ${away.join(', ')}`, style: 'faint' }] : [];
  return [{ text, style }, ...names];
}

function flowLines(flow: Flow | undefined, width: number): Line[] {
  if (!flow) return [[label('requests'), { text: 'no load balancer says what it counts', style: 'faint' }]];
  const room = Math.max(10, Math.min(60, width - LABEL - 34));
  const drawn = (what: 'requests' | 'failed' | 'worst') =>
    squeeze(
      flow.seconds.map((second) => second[what]),
      room,
    );
  const [asked, failed, worst] = [drawn('requests'), drawn('failed'), drawn('worst')];
  const line = (name: string, values: number[], style: Style, ...rest: Span[]): Line => [
    label(name),
    { text: bars(values, Math.max(1, ...values)), style },
    { text: '  ' },
    ...rest,
  ];
  const minute: Span[] =
    flow.failed + flow.again > 0
      ? [
          {
            text: `, ${flow.failed} in a minute, ${flow.again} asked again`,
            style: flow.failed ? 'bad' : 'warn',
          },
        ]
      : [{ text: ', none in a minute', style: 'faint' }];
  return [
    line('requests', asked, 'good', { text: `${rate(flow.perSecond)}/s`, style: 'strong' }),
    line(
      'failed',
      failed,
      failed.some((count) => count > 0) ? 'bad' : 'faint',
      { text: `${rate(flow.failedPerSecond)}/s`, style: flow.failedPerSecond > 0 ? 'bad' : 'strong' },
      ...minute,
    ),
    line(
      'longest',
      worst,
      'warn',
      { text: wait(flow.worst), style: 'strong' },
      { text: `, 95 % within ${wait(flow.p95)}`, style: 'faint' },
    ),
  ];
}

function rowLines(rows: readonly Row[]): Line[] {
  const named = Math.max(0, ...rows.map(({ name }) => name.length));
  const stated = Math.max(0, ...rows.map(({ state }) => state.length));
  return TITLES.flatMap(([kind, title]) =>
    rows
      .filter((row) => row.kind === kind)
      .map((row, index): Line => {
        const said = row.reason || row.facts;
        return [
          index === 0 ? label(title) : { text: ' '.repeat(LABEL) },
          { text: `${MARKS[row.tone]} `, style: row.tone },
          { text: row.name.padEnd(named + 2), ...(row.tone !== 'good' && { style: 'strong' as const }) },
          { text: row.state.padEnd(stated + 2), style: row.tone },
          { text: said, ...(row.reason === '' && { style: 'faint' as const }) },
        ];
      }),
  );
}

function eventLines(events: readonly ClusterEvent[]): Line[] {
  return events.map((event) => [
    { text: `${clock(event.at)} `, style: 'faint' },
    { text: `${MARKS[event.tone]} `, style: event.tone },
    { text: event.text },
  ]);
}

const label = (text: string): Span => ({ text: text.padEnd(LABEL), style: 'faint' });

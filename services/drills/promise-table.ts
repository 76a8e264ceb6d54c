/** Each promise with the worst that was measured of it, over all rounds: the failure table. Pure. */
import type { Round } from './blackout.ts';
import { PROMISED_MS } from './blackout.ts';
import type { DrillReport } from './drill.ts';
import type { Kind } from './samples.ts';

interface Row {
  fault: string;
  promised: string;
  of(report: DrillReport): boolean;
  measured(reports: readonly DrillReport[]): string;
}

const WITHOUT_DATABASE: readonly Kind[] = ['page', 'media'];
const WITH_DATABASE: readonly Kind[] = ['api', 'write', 'sign-in', 'bare'];

const named = (pattern: RegExp) => (report: DrillReport) => pattern.test(report.fault);
const ofWriter = (report: DrillReport) =>
  report.writer !== undefined && report.fault.startsWith(`${report.writer} `);
const ofOther = (report: DrillReport) => /^db-\d (?!wiped)/.test(report.fault) && !ofWriter(report);

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(ms < 1_000 ? 2 : 1))} s`;
const worst = (reports: readonly DrillReport[], of: (report: DrillReport) => number): number =>
  Math.max(...reports.map(of));
const stall = (reports: readonly DrillReport[], kinds: readonly Kind[]): string =>
  seconds(worst(reports, ({ stallMs }) => Math.max(...kinds.map((kind) => stallMs[kind]))));
const any = (reports: readonly DrillReport[]): string =>
  stall(reports, [...WITHOUT_DATABASE, ...WITH_DATABASE]);
const both = (reports: readonly DrillReport[]): string =>
  `writes ${stall(reports, WITH_DATABASE)}, pages ${stall(reports, WITHOUT_DATABASE)}`;

const worstMeasure = (reports: readonly DrillReport[]): string =>
  seconds(worst(reports, ({ measures }) => Math.max(0, ...measures.map(({ ms }) => ms))));

const ROWS: readonly Row[] = [
  { fault: 'a portal killed', promised: '0.5 s', of: named(/^portal-\d+ killed/), measured: any },
  {
    fault: 'a portal stopped, or drained',
    promised: '0.2 s',
    of: named(/^portal-\d+ (stopped|drained)/),
    measured: any,
  },
  {
    fault: 'a portal frozen, and thawed later',
    promised: '2 s',
    of: named(/^portal-\d+ paused/),
    measured: any,
  },
  {
    fault: 'a portal cut off from the database',
    promised: '2 s',
    of: named(/^portal-\d+ cut off from the database/),
    measured: any,
  },
  {
    fault: 'a portal cut off from the load balancer',
    promised: '2 s',
    of: named(/^portal-\d+ cut off from the load/),
    measured: any,
  },
  {
    fault: 'a portal’s volume read-only, of it alone',
    promised: '2 s',
    of: named(/^portal-\d+ finds its volume/),
    measured: any,
  },
  {
    fault: 'the database’s writer killed, frozen, stopped, cut off',
    promised: 'writes 4 s, pages 0.2 s',
    of: ofWriter,
    measured: both,
  },
  {
    fault: 'another database node killed, frozen, stopped, cut off',
    promised: 'writes 3 s, pages 0.2 s',
    of: ofOther,
    measured: both,
  },
  {
    fault: 'two of three database nodes killed',
    promised: 'pages 0.2 s; writes again 15 s after both are back',
    of: named(/^two of three/),
    measured: (reports) =>
      `pages ${stall(reports, WITHOUT_DATABASE)}; ${seconds(worst(reports, (one) => one.writesAgainMs ?? Number.NaN))}`,
  },
  {
    fault: 'a database node’s volume wiped',
    promised: 'it refills itself',
    of: named(/ wiped$/),
    measured: (reports) => seconds(worst(reports, ({ wholeAfterMs }) => wholeAfterMs)),
  },
  {
    fault: 'the primary agent killed, frozen, stopped, cut off',
    promised: 'another within 20 s',
    of: named(/^the primary agent/),
    measured: worstMeasure,
  },
  {
    fault: 'the load balancer killed, with no second one beside it',
    promised: 'back within 2 s',
    of: named(/^lb killed/),
    measured: worstMeasure,
  },
  {
    fault: 'rollout and rollback of every portal, agent and database node',
    promised: 'writes 3 s, pages 0.2 s',
    of: named(/^a rollout/),
    measured: both,
  },
  {
    fault: 'rollout of the load balancer, with no second one beside it',
    promised: 'back within 2 s',
    of: named(/^lb replaced/),
    measured: worstMeasure,
  },
];

/** @returns lines of Markdown; only of what was measured */
export function promiseTable(reports: readonly DrillReport[], rounds: readonly Round[] = []): string[] {
  const lines = ROWS.flatMap(({ fault, promised, of, measured }) => {
    const found = reports.filter(of);
    return found.length === 0 ? [] : [[fault, promised, measured(found), failures(found)]];
  });
  if (rounds.length > 0) {
    const lost = rounds.reduce((sum, one) => sum + one.lost.length, 0);
    lines.push([
      `blackouts of several parts, or of everything (${rounds.length})`,
      `back by itself in ${seconds(PROMISED_MS)}`,
      seconds(Math.max(...rounds.map(({ wholeAfterMs }) => wholeAfterMs))),
      lost === 0 ? 'no acknowledged file lost' : `${lost} acknowledged files LOST`,
    ]);
  }
  if (lines.length === 0) return [];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(['fault', 'promised', 'worst measured', 'failed']), '|---|---|---|---|', ...lines.map(row)];
}

function failures(reports: readonly DrillReport[]): string {
  const all = reports.flatMap(({ before, during, after }) => [before, during, after]);
  const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
  const refused = sum((one) => one.refused);
  const apart = [
    [refused, 'told to come again'],
    [sum((one) => one.cutOff), 'cut off'],
    [sum((one) => one.secondTries), 'tried twice'],
    [sum((one) => one.unsettled), 'unsettled'],
  ] as const;
  const told = apart.flatMap(([count, words]) => (count === 0 ? [] : [`${count} ${words}`]));
  return [String(sum((one) => one.failed) - refused), ...told].join('; ');
}

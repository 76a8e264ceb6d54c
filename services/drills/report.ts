/** Drill reports as a table for people. Pure. */
import type { DrillReport } from './drill.ts';
import type { Kind } from './samples.ts';

const COLUMNS: [title: string, cell: (report: DrillReport) => string][] = [
  ['fault', (r) => (r.fault.startsWith(`${r.writer} `) ? `${r.fault} (writer)` : r.fault)],
  ['requests', (r) => String(r.before.count + r.during.count + r.after.count)],
  ['failed', (r) => failed(r)],
  ['apart', (r) => apart(r)],
  ['stall: pages', (r) => stall(r, 'page')],
  ['files', (r) => stall(r, 'media')],
  ['api', (r) => stall(r, 'api')],
  ['writes', (r) => stall(r, 'write', 'sign-in', 'bare')],
  ['own clock', (r) => seconds(r.clockLateMs)],
  ['noticed', (r) => (r.detectedMs === undefined ? '–' : seconds(r.detectedMs))],
  ['felt for', (r) => seconds(r.feltMs)],
  ['whole after', (r) => `${(r.wholeAfterMs / 1000).toFixed(1)} s`],
  ['kept', (r) => `${r.ledger.kept}/${r.ledger.acknowledged}`],
  ['verdict', (r) => (r.misses.length === 0 ? 'kept' : 'MISSED')],
];

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(2))} s`;

/** Of `count` that failed, those told when to come again. */
function failed({ before, during, after }: DrillReport): string {
  const [count, refused] = [before, during, after].reduce(
    ([a, b], one) => [a + one.failed, b + one.refused] as [number, number],
    [0, 0] as [number, number],
  );
  return refused === 0 ? String(count) : `${count - refused} + ${refused} × 503`;
}

/** What is counted apart: cut off half-way, tried twice with a key, and sent without one into the hands of what went. */
function apart({ during }: DrillReport): string {
  const words = [
    [during.cutOff, 'cut off'],
    [during.secondTries, 'twice'],
    [during.unsettled, 'unsettled'],
  ] as const;
  return words.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ') || '0';
}

/** `0.14 (≤ 0.2)`: measured, and promised, in seconds; the worst of the kinds. */
function stall(report: DrillReport, ...kinds: Kind[]): string {
  const plain = (ms: number) => Number((ms / 1000).toFixed(2));
  const promised = kinds.map((kind) => report.promised.stallMs[kind]).find((ms) => ms !== undefined);
  const worst = Math.max(...kinds.map((kind) => report.stallMs[kind]));
  return promised === undefined ? `${plain(worst)}` : `${plain(worst)} (≤ ${plain(promised)})`;
}

export function table(reports: readonly DrillReport[]): string {
  const titles = COLUMNS.map(([title]) => title);
  const lines = aligned([titles, ...reports.map((report) => COLUMNS.map(([, cell]) => cell(report)))]);
  const misses = reports.flatMap((report) => report.misses.map((miss) => `  ${report.fault}: ${miss}`));
  const kept = reports.filter((report) => report.misses.length === 0).length;
  const measures = reports.flatMap(({ fault, measures: some, writesAgainMs, promised }) => [
    ...some.map(
      ({ what, ms, promisedMs }) => `  ${fault}: ${what} after ${seconds(ms)} (≤ ${seconds(promisedMs)})`,
    ),
    ...(writesAgainMs === undefined || promised.writesAgainMs === undefined
      ? []
      : [`  ${fault}: writes again after ${seconds(writesAgainMs)} (≤ ${seconds(promised.writesAgainMs)})`]),
  ]);
  const verdict = `${kept} of ${reports.length} promises kept. Stalls in seconds beyond the worst wait before the fault; a stall no longer than the load’s own clock was late may be its own.`;
  return [...lines, '', ...measures, verdict, ...(misses.length > 0 ? ['Missed:', ...misses] : [])].join(
    '\n',
  );
}

/** Rows as lines, with every column as wide as its widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

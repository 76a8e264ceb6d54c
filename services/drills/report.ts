/** Drill reports as a table for people. Pure. */
import type { DrillReport } from './drill.ts';
import type { Kind } from './samples.ts';

const COLUMNS: [title: string, cell: (report: DrillReport) => string][] = [
  ['fault', (r) => (r.fault.startsWith(`${r.writer} `) ? `${r.fault} (writer)` : r.fault)],
  ['requests', (r) => String(r.before.count + r.during.count + r.after.count)],
  ['failed', (r) => String(r.before.failed + r.during.failed + r.after.failed)],
  ['cut off', (r) => String(r.during.cutOff)],
  ['2nd try', (r) => String(r.during.secondTries)],
  ['stall: pages', (r) => stall(r, 'page')],
  ['media', (r) => stall(r, 'media')],
  ['api', (r) => stall(r, 'api')],
  ['writes', (r) => stall(r, 'write')],
  ['whole after', (r) => `${(r.wholeAfterMs / 1000).toFixed(1)} s`],
  ['shares after', (r) => shares(r.after.shares)],
  ['kept', (r) => `${r.ledger.kept}/${r.ledger.acknowledged}`],
  ['verdict', (r) => (r.misses.length === 0 ? 'kept' : 'MISSED')],
];

/** `0.14 s (≤ 0.2)`: measured, and promised. */
function stall(report: DrillReport, kind: Kind): string {
  const seconds = (ms: number) => Number((ms / 1000).toFixed(2));
  return `${seconds(report.stallMs[kind])} (≤ ${seconds(report.promised.stallMs[kind])})`;
}

function shares(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort()
    .map(([node, n]) => `${node} ${n}`)
    .join(', ');
}

export function table(reports: readonly DrillReport[]): string {
  const titles = COLUMNS.map(([title]) => title);
  const lines = aligned([titles, ...reports.map((report) => COLUMNS.map(([, cell]) => cell(report)))]);
  const misses = reports.flatMap((report) => report.misses.map((miss) => `  ${report.fault}: ${miss}`));
  const kept = reports.filter((report) => report.misses.length === 0).length;
  const verdict = `${kept} of ${reports.length} promises kept. Stalls in seconds beyond the worst wait before the fault.`;
  return [...lines, '', verdict, ...(misses.length > 0 ? ['Missed:', ...misses] : [])].join('\n');
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

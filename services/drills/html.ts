/** Drill reports as one page that needs nothing else: a table, and of each drill what its load felt. Pure. */
import type { DrillReport } from './drill.ts';
import { table } from './report.ts';
import { LEAST_WAIT_MS, type Mark, type Timeline } from './timeline.ts';

const WIDTH = 960;
const ROW = 90;
const LEFT = 70;
const MARKS: Record<Mark['what'], string> = {
  struck: 'the fault',
  detected: 'noticed',
  healed: 'its end',
  whole: 'whole again',
};

/** @param when of the run, as it shall be read; @param extra further tables, as they are printed in a terminal */
export function htmlReport(
  reports: readonly DrillReport[],
  when: string,
  extra: readonly string[] = [],
): string {
  const missed = reports.filter(({ misses }) => misses.length > 0).length;
  const head = missed === 0 ? 'every promise kept' : `${missed} of ${reports.length} missed a promise`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Portico drill, ${escaped(when)}: ${head}</title>
<style>${STYLE}</style>
<h1>Portico drill</h1>
<p>${escaped(when)}: ${head}.</p>
${reports.map(drill).join('\n')}
${reports.length > 0 ? `<h2>All of them</h2>\n<pre>${escaped(table(reports))}</pre>` : ''}
${extra.map((text) => `<pre>${escaped(text)}</pre>`).join('\n')}
</html>
`;
}

function drill(report: DrillReport): string {
  const { fault, misses, writer, ledger, before, during, after } = report;
  const requests = before.count + during.count + after.count;
  const verdict =
    misses.length === 0 ? '<span class="kept">kept</span>' : '<span class="missed">missed</span>';
  const role = fault.startsWith(`${writer} `) ? ' (the writer)' : '';
  const reasons = Object.entries(during.reasons).slice(0, 5);
  return `<section>
<h2>${escaped(fault)}${role} ${verdict}</h2>
<p>${requests} requests; ${before.failed + during.failed + after.failed} failed; ${ledger.kept} of ${ledger.acknowledged} acknowledged writes read back from every portal.</p>
${svg(report.timeline)}
${list('Missed', misses)}
${list(
  'What did not simply succeed',
  reasons.map(([reason, count]) => `${count} × ${reason}`),
)}
</section>`;
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<h3>${title}</h3><ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`;
}

/** Three rows over one axis of time: answers a second, the longest wait of reads, and of writes. */
export function svg(timeline: Timeline): string {
  const { bucketMs, answers, reads, writes, failed, marks } = timeline;
  const total = answers.length * bucketMs;
  const x = (ms: number) => LEFT + (ms / total) * (WIDTH - LEFT - 10);
  const rows = [
    { name: 'answers/s', values: answers.map((count) => (count * 1000) / bucketMs), unit: '/s', scale: 1 },
    { name: 'reads wait', values: reads, unit: ' s', scale: 1_000, least: LEAST_WAIT_MS },
    { name: 'writes wait', values: writes, unit: ' s', scale: 1_000, least: LEAST_WAIT_MS },
  ];
  const height = rows.length * ROW + 40;
  const drawn = rows.map(({ name, values, unit, scale, least = 1 }, row) => {
    const most = Math.max(...values, least);
    const base = (row + 1) * ROW;
    const points = values.map(
      (value, i) =>
        `${x((i + 0.5) * bucketMs).toFixed(1)},${(base - (value / most) * (ROW - 24)).toFixed(1)}`,
    );
    const worst = Number((most / scale).toFixed(scale === 1 ? 0 : 2));
    return `<line class="axis" x1="${LEFT}" x2="${WIDTH - 10}" y1="${base}" y2="${base}"/>
<text x="4" y="${base - 4}">${name}</text><text x="4" y="${base - ROW + 26}">${worst}${unit}</text>
<polyline points="${points.join(' ')}"/>`;
  });
  const dots = failed.flatMap((count, i) =>
    count === 0
      ? []
      : [
          `<circle cx="${x((i + 0.5) * bucketMs).toFixed(1)}" cy="${ROW}" r="4"><title>${count} failed</title></circle>`,
        ],
  );
  const lines = marks.map(({ at, what }, i) => {
    const left = x(at).toFixed(1);
    // Marks that lie close together would be written over one another.
    const y = rows.length * ROW + 14 + (i % 2) * 14;
    return `<line class="mark" x1="${left}" x2="${left}" y1="6" y2="${y - 10}"/><text x="${left}" y="${y}">${MARKS[what]} ${(at / 1000).toFixed(1)} s</text>`;
  });
  const words = marks.map(({ at, what }) => `${MARKS[what]} at ${(at / 1000).toFixed(1)} s`).join(', ');
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="What the load felt: ${words}">
${[...drawn, ...dots, ...lines].join('\n')}
</svg>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (one) => ENTITIES[one] ?? one);

const STYLE = `
:root { --line: #1d6fa5; --bad: #c0392b; --good: #1f7a4d; --faint: #8884; }
@media (prefers-color-scheme: dark) { :root { --line: #6db7e8; --bad: #ff8a7a; --good: #6fd3a0; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2rem; } h3 { margin-bottom: 0; font-size: 1rem; }
.kept, .missed { font-size: .8rem; padding: .1rem .5rem; border-radius: 1rem; border: 1px solid; vertical-align: middle; }
.kept { color: var(--good); } .missed { color: var(--bad); }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; }
polyline { fill: none; stroke: var(--line); stroke-width: 1.5; } circle { fill: var(--bad); }
.axis { stroke: var(--faint); } .mark { stroke: var(--bad); stroke-dasharray: 3 3; }
pre { overflow-x: auto; font-size: 12px; }`;

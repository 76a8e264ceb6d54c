import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrillReport } from './drill.ts';
import { faultOf } from './faults.ts';
import { promiseTable } from './promise-table.ts';
import { table } from './report.ts';
import { byKind, statistics } from './samples.ts';

const nothing = statistics([]);
function report(fault: string, more: Partial<DrillReport> = {}): DrillReport {
  return {
    fault,
    writer: 'db-1',
    promised: faultOf('db-1', 'killed').promise('db-1'),
    stallMs: byKind(() => 0),
    before: nothing,
    during: nothing,
    after: nothing,
    detectedMs: 700,
    feltMs: 0,
    wholeAfterMs: 4_000,
    clockLateMs: 20,
    writesAgainMs: undefined,
    measures: [],
    ledger: { acknowledged: 0, kept: 0, lost: [], twins: [] },
    timeline: { bucketMs: 250, marks: [], answers: [0], reads: [0], writes: [0], failed: [0] },
    misses: [],
    ...more,
  };
}
const rowOf = (lines: string[], fault: string) => lines.find((line) => line.includes(fault)) ?? '';

test('of several rounds the worst stands, the writer apart from the other nodes, whoever the writer was', () => {
  const lines = promiseTable([
    report('db-1 killed', { stallMs: { ...byKind(() => 0), write: 2_400, page: 60 } }),
    report('db-1 killed', { stallMs: { ...byKind(() => 0), api: 2_600 }, writer: 'db-2' }),
    report('db-1 paused', { stallMs: { ...byKind(() => 0), bare: 2_500, media: 140 } }),
  ]);
  assert.match(rowOf(lines, 'writer'), /writes 2\.5 s, pages 0\.14 s \| 0 \|$/);
  assert.match(rowOf(lines, 'another database'), /writes 2\.6 s, pages 0 s \| 0 \|$/);
  assert.equal(lines.length, 4, 'what was not measured has no row');
});

test('what failed is counted over all, and what is counted apart is told with its name', () => {
  const during = { ...nothing, failed: 5, refused: 3, unsettled: 2 };
  const lines = promiseTable([report('portal-1 killed', { during }), report('portal-1 killed', { during })]);
  assert.match(rowOf(lines, 'a portal killed'), /\| 4; 6 told to come again; 4 unsettled \|$/);
});

test('a drill tells how late the clock was by which it measured, beside the stalls', () => {
  const [titles = '', cells = ''] = table([report('db-1 killed', { clockLateMs: 498 })]).split('\n');
  const at = titles.indexOf('own clock');
  assert.match(cells.slice(at), /^0\.5 s /);
});

test('a lost file is told loudly', () => {
  const round = {
    round: 1,
    blackout: 'all',
    wholeAfterMs: 22_000,
    acknowledged: 5,
    lost: ['a'],
    misses: ['a'],
  };
  assert.match(promiseTable([], [round]).at(-1) ?? '', /22 s \| 1 acknowledged files LOST/);
  assert.deepEqual(promiseTable([]), []);
});

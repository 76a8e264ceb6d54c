import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartOf, HEIGHT, type Line, WIDTH } from './chart.ts';
import type { HealthSample } from './samples.ts';

const line: Line = { title: 'x', value: (one) => one.latencyMs, show: (value) => `${value} ms`, atLeast: 10 };
const span = { from: 0, to: 60_000 };
const sample = (seconds: number, latencyMs: number | null): HealthSample => ({
  at: new Date(seconds * 1000).toISOString(),
  portals: 2,
  portalsServing: 2,
  databasesSynced: 3,
  requestsPerSecond: 1,
  latencyMs,
  freeBytes: 1,
});

const table: [title: string, samples: HealthSample[], path: string, top: string][] = [
  ['nothing yet', [], '', '10 ms'],
  ['one sample is a dot', [sample(30, 5)], `M${WIDTH / 2}.0 ${HEIGHT / 2}.0h0`, '10 ms'],
  ['two are a line', [sample(0, 0), sample(15, 10)], 'M0.0 80.0h0L150.0 0.0', '10 ms'],
  ['the highest is at the top', [sample(0, 20), sample(15, 10)], 'M0.0 0.0h0L150.0 40.0', '20 ms'],
  ['time without samples is a gap', [sample(0, 10), sample(45, 10)], 'M0.0 0.0h0M450.0 0.0h0', '10 ms'],
  [
    'so is what could not be measured',
    [sample(0, 10), sample(15, null), sample(40, 10)],
    'M0.0 0.0h0M400.0 0.0h0',
    '10 ms',
  ],
];
for (const [title, samples, path, top] of table) {
  test(title, () => {
    const chart = chartOf(samples, line, span, 30_000);
    assert.equal(chart.path, path);
    assert.equal(chart.top, top);
  });
}

test('it says in words what it draws', () => {
  assert.equal(chartOf([], line, span, 30_000).summary, 'No samples yet.');
  const chart = chartOf([sample(0, 4), sample(15, 12), sample(30, 7)], line, span, 30_000);
  assert.equal(chart.summary, 'Now 7 ms; lowest 4 ms, highest 12 ms.');
});

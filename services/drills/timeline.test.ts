import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from './samples.ts';
import { drawText, timelineOf } from './timeline.ts';

const sample = (
  kind: Sample['kind'],
  start: number,
  end: number,
  outcome: Sample['outcome'] = 'ok',
): Sample => ({
  kind,
  start,
  end,
  outcome,
  node: 'portal-1',
  status: 200,
  why: undefined,
});

test('a wait is seen from the moment at which it began, and grows until it ends', () => {
  const { reads, writes, answers } = timelineOf([sample('page', 1_050, 1_350)], [], 1_000, 1_500, 100);
  assert.deepEqual(reads, [50, 150, 250, 300, 0]);
  assert.deepEqual(writes, [0, 0, 0, 0, 0]);
  assert.deepEqual(answers, [0, 0, 0, 1, 0]);
});

test('what failed is counted where it ended, reads and writes apart, and marks count from the begin', () => {
  const samples = [
    sample('bare', 0, 90, 'failed'),
    sample('write', 100, 190, 'refused'),
    sample('media', 0, 40),
  ];
  const line = timelineOf(samples, [{ at: 150, what: 'struck' }], 0, 200, 100);
  assert.deepEqual(line.failed, [1, 1]);
  assert.deepEqual(line.writes, [90, 90]);
  assert.deepEqual(line.reads, [40, 0]);
  assert.deepEqual(line.marks, [{ at: 150, what: 'struck' }]);
});

test('a request that began before the picture or ends after it is in it with what it waited', () => {
  assert.deepEqual(timelineOf([sample('page', -100, 500)], [], 0, 200, 100).reads, [200, 300]);
});

test('the drawing fits the width, has a sign for every mark, and names the worst', () => {
  const samples = Array.from({ length: 400 }, (_, i) =>
    sample(i % 2 ? 'page' : 'write', i * 100, i * 100 + 20),
  );
  samples.push(sample('write', 10_000, 12_500));
  const marks = [
    { at: 10_000, what: 'struck' },
    { at: 10_010, what: 'detected' },
    { at: 16_000, what: 'healed' },
    { at: 18_000, what: 'whole' },
  ] as const;
  for (const width of [60, 80, 140]) {
    const lines = drawText(timelineOf(samples, marks, 0, 40_000), width);
    for (const line of lines.slice(0, -1))
      assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
    for (const sign of '▼◆▲●') assert.ok(lines[0]?.includes(sign), lines[0]);
    assert.match(lines.find((line) => line.startsWith('writes')) ?? '', /█.*≤ 2\.50 s/);
    assert.ok(!lines.some((line) => line.startsWith('failed')), 'nothing failed, so nothing is said of it');
  }
});

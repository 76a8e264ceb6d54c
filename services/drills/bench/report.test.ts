import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { median, quantile, ratios, spreadOf } from './numbers.ts';
import { benchJson, benchTable, type Figure, isKept, missesOf, type Section } from './report.ts';

const section = (...figures: Figure[]): Section => ({ title: 'pages', about: '20 pages', figures });

describe('a figure beside its goal', () => {
  const table: [what: string, figure: Omit<Figure, 'what'>, kept: boolean | undefined][] = [
    ['more than it has to be', { value: 0.9, goal: { atLeast: 0.8 } }, true],
    ['just as much', { value: 0.8, goal: { atLeast: 0.8 } }, true],
    ['less', { value: 0.79, goal: { atLeast: 0.8 } }, false],
    ['less than it may be', { value: 19.9, goal: { atMost: 20 } }, true],
    ['more', { value: 20.1, goal: { atMost: 20 } }, false],
    ['not measured', { value: Number.NaN, goal: { atMost: 20 } }, false],
    ['without a goal', { value: 3 }, undefined],
  ];
  for (const [what, figure, kept] of table) it(what, () => assert.equal(isKept({ what, ...figure }), kept));
});

describe('the report', () => {
  const kept = section({ what: 'cached', value: 0.834, spread: [0.7, 0.91], goal: { atLeast: 0.8 } });
  const missed = section(
    { what: 'p95', value: 31.44, unit: 'ms', goal: { atMost: 20 } },
    { what: 'static', value: 12345.6, unit: 'req/s' },
  );

  it('says of each figure what was measured, how far it varied, what was promised and whether that was kept', () => {
    const text = benchTable([kept, missed]);
    assert.match(text, /^ {2}cached +0\.834 +0\.7–0\.91 +≥ 0\.8 +kept$/m);
    assert.match(text, /^ {2}p95 +31\.4 ms +≤ 20 ms +MISSED$/m);
    assert.match(text, /^ {2}static +12346 req\/s$/m);
    assert.match(text, /^1 of 2 goals kept\.$/m);
  });

  it('says the same to programs', () => {
    const json = JSON.parse(JSON.stringify(benchJson([kept, missed])));
    assert.equal(json.kept, false);
    assert.deepEqual(
      json.sections.map(({ figures }: { figures: { kept: boolean | null }[] }) =>
        figures.map((one) => one.kept),
      ),
      [[true], [false, null]],
    );
    assert.equal(json.sections[0].figures[0].value, 0.834);
  });

  it('names what was missed, for the exit status', () => {
    assert.deepEqual(missesOf([kept]), []);
    assert.deepEqual(
      missesOf([kept, missed]).map(({ what }) => what),
      ['p95'],
    );
  });
});

describe('the middle of measurements', () => {
  it('is one that was measured', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2);
    assert.equal(
      quantile(
        Array.from({ length: 100 }, (_, i) => i + 1),
        0.95,
      ),
      95,
    );
    assert.ok(Number.isNaN(median([])));
    assert.deepEqual(spreadOf([3, 1, 2]), [1, 3]);
  });

  it('compares what was measured in the same round', () => {
    assert.deepEqual(ratios([10, 40], [20, 50]), [0.5, 0.8]);
  });
});

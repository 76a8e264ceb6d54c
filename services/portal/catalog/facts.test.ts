import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PorticoError } from '../../platform/errors.ts';
import { apiName, checkSunset } from './facts.ts';
import { byField, factsTyped, problemsShown, typedIn } from './shown.ts';
import type { Lifecycle } from './types.ts';

const TODAY = '2027-01-31';
const DAYS: [string | undefined, string | null, Lifecycle, boolean][] = [
  [undefined, null, 'active', true],
  [undefined, '2027-01-31', 'deprecated', true],
  [undefined, '2027-01-30', 'deprecated', false],
  ['2027-06-30', '2026-06-30', 'deprecated', false],
  // Announced in time, and come meanwhile: whoever changes its title need not change the past.
  ['2027-01-30', '2027-01-30', 'deprecated', true],
  ['2027-06-30', '2027-01-30', 'retired', true],
];
for (const [before, sunset, lifecycle, isGood] of DAYS)
  test(`of a ${lifecycle} API that was to end ${before ?? 'never'} the end ${sunset ?? 'never'} is ${isGood ? 'taken' : 'refused'}`, () => {
    const ask = () =>
      checkSunset(before === undefined ? undefined : { sunset: before }, { sunset, lifecycle }, TODAY);
    if (isGood) assert.doesNotThrow(ask);
    else
      assert.throws(
        ask,
        (error) =>
          error instanceof PorticoError && error.code === 'invalid' && /is over/.test(error.fields!.sunset!),
      );
  });

test('no API has the name of an address of the catalog', () => {
  assert.deepEqual(
    ['upload', 'uploads', 'pet-store'].map((name) => apiName.safeParse(name).success),
    [false, true, true],
  );
});

test('a form’s fields are facts, and what is wrong with one of several tags stands at their field', () => {
  const facts = factsTyped(typedIn({ title: 'Pets', tags: ' a, ,b ', sunset: '', revision: '3' }));
  assert.deepEqual(facts, {
    title: 'Pets',
    summary: '',
    owner: '',
    tags: ['a', 'b'],
    lifecycle: '',
    sunset: null,
  });
  assert.deepEqual(byField({ 'tags.1': 'too long', title: 'a title' }), {
    tags: 'too long',
    title: 'a title',
  });
});

test('a problem is shown with its place, its words in code, and the mark on its line alone', () => {
  const [shown] = problemsShown([
    {
      severity: 'error',
      file: 'a.yaml',
      line: 2,
      column: 3,
      sentence: '`in` is wrong',
      excerpt: { from: 1, lines: ['one', 'x: two'], column: 4, cut: false },
    } as never,
  ]);
  assert.equal(shown?.place, 'a.yaml, line 2');
  assert.deepEqual(shown?.sentence, [
    { text: '', isCode: false },
    { text: 'in', isCode: true },
    { text: ' is wrong', isCode: false },
  ]);
  assert.deepEqual(
    shown?.lines.map(({ before, after }) => [before, after]),
    [
      ['one', ''],
      ['x: ', 'two'],
    ],
  );
});

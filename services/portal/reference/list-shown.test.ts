import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PublishedApi } from '../generations/manifest.ts';
import { endingOf } from './frame.ts';
import { filterOf, listShown } from './list-shown.ts';

const api = (name: string, rest: Partial<PublishedApi> = {}): PublishedApi => ({
  name,
  title: name,
  summary: '',
  owner: '',
  tags: [],
  lifecycle: 'active',
  sunset: null,
  versions: [],
  ...rest,
});

const ALL = [
  api('pay', { tags: ['money', 'public'], owner: 'Bank & Co' }),
  api('lend', { tags: ['money'], owner: 'Bank & Co', lifecycle: 'deprecated' }),
  api('fax', { tags: ['public'], lifecycle: 'retired' }),
];
const names = (apis: readonly { name: string }[]) => apis.map(({ name }) => name);

test('the list is narrowed by tag, owner and state, each with a link that adds to the others or takes itself away', () => {
  const shown = listShown(ALL, filterOf({ tag: 'money', owner: '', page: '2' }));
  assert.deepEqual(names(shown.apis), ['pay', 'lend']);
  assert.equal(shown.summary, '2 APIs · tag money');
  const links = shown.filters.map(({ heading, choices }) => [heading, choices.map(({ href }) => href)]);
  assert.deepEqual(links, [
    ['Tag', ['/apis', '/apis?tag=public']],
    ['State', ['/apis?tag=money&lifecycle=active', '/apis?tag=money&lifecycle=deprecated']],
  ]);
  const owner = listShown(ALL, { owner: 'Bank & Co' }).filters.find(({ heading }) => heading === 'Owner');
  assert.deepEqual(owner?.choices, [{ value: 'Bank & Co', count: 2, isThis: true, href: '/apis' }]);
});

test('a retired API stands apart, and is found by its tag all the same', () => {
  const shown = listShown(ALL, { tag: 'public' });
  assert.deepEqual([names(shown.apis), names(shown.retired)], [['pay'], ['fax']]);
});

test('that nothing is published is told apart from that nothing is like that', () => {
  const nothing = listShown([], {});
  assert.deepEqual([nothing.isEmpty, nothing.isFiltered, nothing.filters], [true, false, []]);
  const none = listShown(ALL, { tag: 'no such' });
  assert.deepEqual([none.isEmpty, none.summary], [false, '0 APIs · tag no such']);
  assert.deepEqual(none.filters[0]?.choices[0], { value: 'no such', count: 0, isThis: true, href: '/apis' });
});

const NOW = new Date('2027-01-31T12:00:00Z');
const ENDINGS: [PublishedApi['lifecycle'], string | null, ReturnType<typeof endingOf>][] = [
  ['active', null, undefined],
  ['active', '2027-06-30', { tone: 'warn', sentence: 'This API ends on 2027-06-30.' }],
  ['deprecated', null, { tone: 'warn', sentence: 'This API is deprecated. Build nothing new on it.' }],
  [
    'deprecated',
    '2027-01-31',
    { tone: 'warn', sentence: 'This API is deprecated and ends on 2027-01-31. Build nothing new on it.' },
  ],
  [
    'deprecated',
    '2027-01-30',
    {
      tone: 'bad',
      sentence: 'This API is deprecated and was to end on 2027-01-30. Build nothing new on it.',
    },
  ],
  [
    'retired',
    '2026-01-01',
    { tone: 'bad', sentence: 'This API is retired since 2026-01-01: it answers no more.' },
  ],
  ['retired', null, { tone: 'bad', sentence: 'This API is retired: it answers no more.' }],
];
for (const [lifecycle, sunset, ending] of ENDINGS)
  test(`of one that is ${lifecycle}${sunset ? ` until ${sunset}` : ''} a reader is told how it ends`, () => {
    assert.deepEqual(endingOf({ lifecycle, sunset }, NOW), ending);
  });

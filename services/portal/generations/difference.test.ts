import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { difference } from './difference.ts';
import {
  blobsOf,
  type Manifest,
  manifestText,
  type PublishedApi,
  type PublishedVersion,
  parseManifest,
} from './manifest.ts';

const blob = (digit: string) => ({ sha256: digit.repeat(64), size: 3 });
const version = (name: string, more: Partial<PublishedVersion> = {}): PublishedVersion => ({
  name,
  format: 'openapi-3.1',
  changelog: '',
  operations: 4,
  createdAt: '2026-01-01T00:00:00.000Z',
  source: { ...blob('a'), name: 'a.yaml' },
  document: blob('b'),
  compiled: { ...blob('c'), v: 1 },
  ...more,
});
const api = (name: string, versions: PublishedVersion[], more: Partial<PublishedApi> = {}): PublishedApi => ({
  name,
  title: name,
  summary: '',
  owner: '',
  tags: [],
  lifecycle: 'active',
  sunset: null,
  versions,
  ...more,
});
const manifest = (...apis: PublishedApi[]): Manifest => ({
  v: 1,
  n: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'admin',
  note: '',
  apis,
});
const said = (from: PublishedApi[], to: PublishedApi[]) =>
  difference({ apis: from }, { apis: to }).map(
    ({ kind, api: of, version: one, details }) =>
      `${kind} ${of}${one ? ` ${one}` : ''}: ${details.join('; ')}`,
  );

describe('what changes', () => {
  const table: [what: string, from: PublishedApi[], to: PublishedApi[], said: string[]][] = [
    ['nothing', [api('a', [version('1')])], [api('a', [version('1')])], []],
    ['an API more', [], [api('a', [version('2'), version('1')])], ['added a: versions 2, 1']],
    ['an API less', [api('a', [])], [], ['removed a: without a version']],
    [
      'what is said of it',
      [api('a', [], { owner: 'X', tags: ['t'] })],
      [api('a', [], { owner: '', tags: ['t', 'u'], lifecycle: 'deprecated', sunset: '2027-01-31' })],
      [
        'changed a: owner: X → none; lifecycle: active → deprecated; sunset: none → 2027-01-31; tags: t → t, u',
      ],
    ],
    [
      'a version more, and one less',
      [api('a', [version('1.9')])],
      [api('a', [version('1.10', { operations: 1 })])],
      ['removed a 1.9: 4 operations', 'added a 1.10: 1 operation'],
    ],
    [
      'another description under the same version',
      [api('a', [version('1')])],
      [api('a', [version('1', { source: { ...blob('d'), name: 'a.yaml' }, operations: 5, changelog: 'x' })])],
      ['changed a 1: another description; 4 → 5 operations; another changelog'],
    ],
  ];
  for (const [what, from, to, expected] of table) it(what, () => assert.deepEqual(said(from, to), expected));
});

describe('a manifest', () => {
  const one = manifest(api('a', [version('1'), version('2', { document: blob('d') })]));

  it('is read as it was written, and names each blob once', () => {
    assert.deepEqual(parseManifest(manifestText(one)), one);
    assert.deepEqual(
      blobsOf(one).map(({ sha256 }) => sha256[0]),
      ['a', 'b', 'c', 'd'],
    );
  });

  it('of a later release may say more than is understood here', () => {
    const text = JSON.stringify({ ...one, theme: { colour: 'red' } });
    assert.deepEqual(parseManifest(text), one);
  });

  const bad: [what: string, text: string, sentence: RegExp][] = [
    ['cut off', manifestText(one).slice(0, -10), /not JSON/],
    ['of another shape', JSON.stringify({ ...one, v: 2 }), /cannot be read: v/],
    [
      'with a hash that is none',
      manifestText(one).replace('aaaa', '../a'),
      /cannot be read: apis\.0\.versions\.0\.source\.sha256/,
    ],
  ];
  for (const [what, text, sentence] of bad)
    it(`${what} is refused with a sentence`, () => assert.throws(() => parseManifest(text), sentence));
});

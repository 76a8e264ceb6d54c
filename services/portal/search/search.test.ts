import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { decode } from '../../specs/compiled.ts';
import { read } from '../../specs/read.ts';
import { fixture } from '../../specs/test-specs.ts';
import { documentsOf } from './documents.ts';
import { createIndex, type SearchIndex } from './index.ts';
import { marks } from './marks.ts';

const about = (name: string, title: string, lifecycle = 'active') => ({
  name,
  title,
  summary: '',
  tags: ['games'],
  lifecycle,
  version: '1.0',
});

async function indexed(): Promise<SearchIndex> {
  const all = await Promise.all(
    (
      [
        ['tictactoe.yaml', about('tictactoe', 'Tic Tac Toe')],
        ['uspto.yaml', about('uspto', 'USPTO Data Set API', 'deprecated')],
      ] as const
    ).map(async ([file, where]) => {
      const { compiled } = await read({ name: file, bytes: fixture(file) });
      return [...documentsOf(where, decode(compiled!))];
    }),
  );
  return createIndex(all.flat());
}

describe('searching', async () => {
  const index = await indexed();
  const first = (text: string, more = {}) => index.search({ text, limit: 5, ...more }).hits[0]?.name;

  const table: [what: string, text: string, name: string | undefined][] = [
    ['an API by its title', 'tic tac toe', 'tictactoe'],
    ['an operation by its words', 'get whole board', 'GET /board'],
    ['by a part of its path', 'records', 'POST /{dataset}/{version}/records'],
    ['by a part of its name in camel case', 'square', 'GET /board/{row}/{column}'],
    ['with a slip of the pen', 'bord', 'GET /board'],
    ['with the beginning of a word', 'uspt', 'uspto'],
    ['a schema by its name', 'winner', 'winner'],
    ['nothing for what is not there', 'zebra', undefined],
    ['nothing for nothing', '', undefined],
    ['nothing for marks alone', '*** {} "', undefined],
  ];
  for (const [what, text, name] of table) it(`finds ${what}`, () => assert.equal(first(text), name));

  it('takes only what is wanted, and counts the kinds that there would be', () => {
    const all = index.search({ text: 'board', limit: 50 });
    assert.ok(all.kinds.operation > 0 && all.kinds.schema > 0);
    const schemas = index.search({ text: 'board', limit: 50, kind: 'schema' });
    assert.ok(schemas.hits.every(({ kind }) => kind === 'schema'));
    assert.deepEqual([schemas.total, schemas.kinds], [all.kinds.schema, all.kinds]);
    assert.equal(index.search({ text: 'data', limit: 5, api: 'tictactoe' }).hits.length, 0);
    assert.ok(index.search({ text: 'data', limit: 5, lifecycle: 'deprecated' }).hits.length > 0);
  });

  it('suggests what somebody may be about to type', () => {
    assert.ok(index.suggest('boa', 5).includes('board'));
  });

  it('is not held up by a text that is far too long', () => {
    const began = performance.now();
    index.search({ text: 'board '.repeat(100_000), limit: 5 });
    assert.ok(performance.now() - began < 2_000);
  });

  it('gives each result an address of its own', () => {
    const { hits } = index.search({ text: 'get whole board', limit: 1 });
    assert.equal(hits[0]?.id, '/apis/tictactoe/1.0/operations/get-board');
  });
});

test('what matched is marked, in the letters that were written', () => {
  assert.deepEqual(marks('Get the Boärd', ['board', 'get']), [
    { text: 'Get', marked: true },
    { text: ' the ', marked: false },
    { text: 'Boärd', marked: true },
  ]);
  assert.deepEqual(marks('Get', []), [{ text: 'Get', marked: false }]);
  assert.deepEqual(marks('', ['a']), []);
});

import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { decode } from '../../specs/compiled.ts';
import { read } from '../../specs/read.ts';
import { fixture } from '../../specs/test-specs.ts';
import { documentsOf } from './documents.ts';
import { createIndex, type Query, type SearchIndex } from './index.ts';
import { marks } from './marks.ts';

const about = (name: string, title: string, lifecycle = 'active') => ({
  name,
  title,
  summary: '',
  tags: [`${name}s`],
  lifecycle,
  version: '1.0',
});

/** What a shop's API has, in the words that others use about it as well. */
const shop = `
openapi: 3.0.3
info: { title: Shop, version: '1', description: 'Pets, customers, and the invoices of both.' }
paths:
  /pets:
    get: { operationId: listPets, summary: List all pets, tags: [animals], responses: { '200': { description: ok } } }
    post: { operationId: createPet, summary: Add one, description: As listPets shows them., responses: { '201': { description: ok } } }
  /pets/{petId}:
    get: { operationId: showPetById, summary: Info for a specific pet, responses: { '200': { description: ok } } }
  /customers:
    get: { operationId: listCustomers, summary: Everybody who ever bought a pet, responses: { '200': { description: ok } } }
  /orders:
    get: { operationId: findOrders, summary: Orders, description: Of customers who list pets., responses: { '200': { description: ok } } }
components:
  schemas:
    Pet: { type: object }
    CustomerAddress: { type: object }
`;

const indexed = async (): Promise<SearchIndex> => {
  const all = await Promise.all(
    (
      [
        ['tictactoe.yaml', fixture('tictactoe.yaml'), about('tictactoe', 'Tic Tac Toe')],
        ['uspto.yaml', fixture('uspto.yaml'), about('uspto', 'USPTO Data Set API', 'deprecated')],
        ['lights.yml', fixture('streetlights-kafka-asyncapi.yml'), about('lights', 'Streetlights Kafka API')],
        ['shop.yaml', Buffer.from(shop), about('shop', 'Shop')],
      ] as const
    ).map(async ([name, bytes, where]) => {
      const { compiled } = await read({ name, bytes });
      return [...documentsOf(where, decode(compiled!))];
    }),
  );
  return createIndex(all.flat());
};

describe('searching', async () => {
  const index = await indexed();
  const search = (text: string, more: Partial<Query> = {}) => index.search({ text, limit: 50, ...more });

  const table: [what: string, text: string, name: string | undefined][] = [
    ['an API by its title', 'tic tac toe', 'tictactoe'],
    ['an API by a tag', 'usptos', 'uspto'],
    ['an operation by its words', 'get whole board', 'GET /board'],
    ['by a part of its path', 'records', 'POST /{dataset}/{version}/records'],
    ['by a part of its name in camel case', 'square', 'GET /board/{row}/{column}'],
    ['by its operationId', 'showPetById', 'GET /pets/{petId}'],
    ['by its operationId in other letters', 'showpetbyid', 'GET /pets/{petId}'],
    ['by the words of its operationId', 'list pets', 'GET /pets'],
    ['by the end of its operationId', 'pet by id', 'GET /pets/{petId}'],
    ['by method and path', 'GET /pets', 'GET /pets'],
    ['by method and path, in small letters', 'post /pets', 'POST /pets'],
    ['by a path with a parameter', 'get /pets/{petId}', 'GET /pets/{petId}'],
    ['by the path alone, the exact one first', '/pets/{petId}', 'GET /pets/{petId}'],
    ['what is called so before what speaks of it', 'orders', 'GET /orders'],
    ['a schema by its name', 'winner', 'winner'],
    ['a schema by its exact name before all that contains it', 'Pet', 'Pet'],
    ['a schema by the words of its name', 'customer address', 'CustomerAddress'],
    ['with a slip of the pen', 'bord', 'GET /board'],
    ['with a letter left out', 'custmers', 'GET /customers'],
    ['with a slip in one word of two', 'list custmers', 'GET /customers'],
    ['with the beginning of a word', 'uspt', 'uspto'],
    ['with words that say nothing', 'info for a specific pet', 'GET /pets/{petId}'],
    ['with accents and capitals', 'PÉTS', 'GET /pets'],
    ['nothing for what is not there', 'zebra', undefined],
    ['nothing for nothing', '', undefined],
    ['nothing for marks alone', '*** {} "', undefined],
    ['nothing for empty words alone', 'of the', undefined],
  ];
  for (const [what, text, name] of table)
    it(`finds ${what}: ${text}`, () => assert.equal(search(text).hits[0]?.name, name));

  it('puts what has a word in its title before what has it in its description alone', () => {
    const names = search('customers').hits.map(({ name }) => name);
    assert.ok(names.indexOf('GET /customers') < names.indexOf('GET /orders'), names.join(', '));
    assert.ok(names.includes('shop'), names.join(', '));
  });

  it('narrows down, and says what each value of each facet would leave', () => {
    const all = search('data');
    const count = (found: typeof all, facet: keyof typeof all.counts, wanted: string) =>
      found.counts[facet].find(({ value }) => value === wanted)?.count ?? 0;
    assert.ok(count(all, 'kind', 'operation') > 0 && count(all, 'lifecycle', 'deprecated') > 0);
    for (const [facet, value] of [
      ['kind', 'operation'],
      ['api', 'uspto'],
      ['lifecycle', 'deprecated'],
      ['language', 'openapi'],
    ] as const) {
      const some = search('data', { [facet]: value });
      assert.equal(some.total, count(all, facet, value), facet);
      assert.ok(some.hits.every((hit) => hit[facet] === value));
      assert.deepEqual([some.counts[facet], some.whole], [all.counts[facet], all.total], facet);
    }
    const both = search('data', { api: 'uspto', kind: 'schema' });
    const one = search('data', { api: 'uspto' });
    assert.equal(both.total, count(one, 'kind', 'schema'));
    assert.ok(search('light', { language: 'asyncapi' }).total > 0);
  });

  it('says when what was chosen leaves nothing, and that there is something elsewhere', () => {
    const found = search('board', { api: 'uspto' });
    assert.equal(found.total, 0);
    assert.ok(found.whole > 0);
    assert.deepEqual(
      found.counts.api.find(({ value }) => value === 'uspto'),
      { value: 'uspto', count: 0 },
    );
  });

  it('takes what has some of the words when nothing has them all, and says so', () => {
    const found = search('winner streetlights');
    assert.ok(found.some && found.total > 0);
    assert.ok(!search('list pets').some);
  });

  it('knows words that look like what nobody has', () => {
    const { total, instead } = search('kstmers');
    assert.deepEqual([total, instead], [0, 'customers']);
    assert.equal(search('qqqqqqqq').instead, undefined);
  });

  it('is not held up by a text that is far too long', () => {
    const began = performance.now();
    search('board '.repeat(100_000));
    assert.ok(performance.now() - began < 2_000);
  });

  it('gives each result an address of its own', () => {
    assert.equal(search('get whole board').hits[0]?.id, '/apis/tictactoe/1.0/operations/get-board');
  });

  it('gives the same answers whoever made the index', async () => {
    const other = await indexed();
    for (const [, text] of table) assert.deepEqual(other.search({ text, limit: 50 }), search(text), text);
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

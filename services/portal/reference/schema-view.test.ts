import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Schema } from '../../specs/model.ts';
import { schemaView } from './schema-view.ts';

const hrefOf = (name: string) => (name === 'Pet' ? '#pet' : undefined);
const shown = (schema: Schema) => schemaView(schema, hrefOf);
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('the type in words', () => {
  const table: [schema: Schema, words: string][] = [
    [{ type: 'string' }, 'string'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ type: 'string', nullable: true }, 'string or null'],
    [{ type: 'array', items: { type: 'array', items: ref('Pet') } }, 'array of array of Pet'],
    [{ items: {} }, 'array of anything'],
    [ref('Pet'), 'Pet'],
    [ref('a~1b'), 'a/b'],
    [{ allOf: [ref('Pet')], description: 'mine' }, 'Pet'],
    [{ oneOf: [ref('Pet'), { type: 'null' }] }, 'one of'],
    [{ properties: {} }, 'object'],
    [{ enum: [1] }, 'one of these values'],
    [{ const: 1 }, 'this value'],
    [{}, 'anything'],
    [true, 'anything'],
    [false, 'nothing'],
    [{ type: 7, items: 'x', properties: [], enum: 'no', required: 5 } as unknown as Schema, '7'],
  ];
  for (const [schema, words] of table)
    it(words, () =>
      assert.equal(
        shown(schema)
          .type.map(({ text }) => text)
          .join(''),
        words,
      ),
    );

  it('links to schemas that have a page', () => {
    assert.deepEqual(shown({ type: 'array', items: ref('Pet') }).type, [
      { text: 'array of ' },
      { text: 'Pet', ref: '#pet' },
    ]);
    assert.deepEqual(shown(ref('Other')).type, [{ text: 'Other' }]);
  });
});

test('properties with what is demanded of them', () => {
  const view = shown({
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 20, pattern: '^[a-z]+$', example: 'rex' },
      kind: { enum: ['cat', 'dog'], default: 'dog', description: 'Which *one*', deprecated: true },
    },
  });
  assert.deepEqual(view.rules, ['no other names']);
  const [name, kind] = view.properties;
  assert.deepEqual(
    [name?.name, name?.required, name?.view.rules, name?.view.example],
    ['name', true, ['at least 1 character', 'at most 20 characters', 'matches ^[a-z]+$'], '"rex"'],
  );
  assert.deepEqual(
    [kind?.required, kind?.view.values, kind?.view.default, kind?.view.description, kind?.view.deprecated],
    [false, ['"cat"', '"dog"'], '"dog"', 'Which *one*', true],
  );
});

test('a list shows the parts of what it lists, and a choice each of its choices', () => {
  const view = shown({ type: 'array', items: { oneOf: [ref('Pet'), { title: 'Plain', type: 'string' }] } });
  assert.equal(view.choices?.words, 'one of');
  assert.deepEqual(
    view.choices?.views.map(({ name, view: { type } }) => [name, type[0]?.text]),
    [
      ['', 'Pet'],
      ['Plain', 'string'],
    ],
  );
});

describe('it ends', () => {
  it('a huge list of values is counted', () => {
    const view = shown({ enum: Array.from({ length: 100_000 }, (_, n) => n) });
    assert.deepEqual([view.values.length, view.moreValues], [50, 99_950]);
  });

  it('what is nested deeper than one wants to read is cut, and says so', () => {
    let schema: Schema = { type: 'string' };
    for (let i = 0; i < 90; i++) schema = { properties: { inner: schema } };
    let view = shown(schema);
    let depth = 0;
    for (; view.properties[0]; depth++) view = view.properties[0].view;
    assert.deepEqual([depth, view.cut], [8, true]);
  });

  it('so is what is wider', () => {
    const wide = { properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`p${n}`, {}])) };
    const view = shown({ properties: { a: wide, b: wide } });
    const rows = view.properties.reduce((sum, one) => sum + 1 + one.view.properties.length, 0);
    assert.ok(rows <= 1_500, `${rows}`);
    assert.equal(view.properties[0]?.view.cut, true);
  });
});

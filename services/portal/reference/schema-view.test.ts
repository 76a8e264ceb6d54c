import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Schema } from '../../specs/model.ts';
import { nameOf } from './names.ts';
import { type SchemaView, schemaView } from './schema-view.ts';

const hrefOf = (name: string) => (name === 'Pet' ? '#pet' : undefined);
const shown = (schema: Schema) => schemaView(schema, { hrefOf });
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

describe('a named one shows what it is made of where it is met first', () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`p${n}`, { type: 'string' }]));
  const SCHEMAS: Record<string, Schema> = {
    Pet: {
      type: 'object',
      description: 'An animal',
      required: ['name'],
      properties: {
        name: { type: 'string', description: 'Called', examples: ['Rex'] },
        owner: ref('Owner'),
        friends: { type: 'array', items: ref('Pet') },
      },
    },
    Owner: { properties: { pets: { type: 'array', items: ref('Pet') } } },
    Cat: { allOf: [ref('Pet'), { properties: { lives: { type: 'integer' } } }] },
    Pets: { type: 'array', items: ref('Pet') },
    Colour: { enum: ['red', 'blue'], default: 'red' },
    Loop: ref('Loop'),
    Ring: { oneOf: [ref('Gnir'), ref('Ring')] },
    Gnir: { allOf: [ref('Ring'), ref('Pet')] },
    Huge: { properties: many },
    Any: true,
  };
  const see = (schema: Schema, { rows = 600, own }: { rows?: number; own?: string } = {}) => {
    const opening = { rows, schemaOf: (name: string) => SCHEMAS[name] };
    const view = schemaView(schema, { hrefOf: (name) => `/${name}`, opening }, own);
    return { view, left: opening.rows };
  };
  const words = ({ type }: SchemaView) => type.map(({ text }) => text).join('');
  const rowsOf = ({ properties }: SchemaView) =>
    properties.map(({ name, view }) => `${name}: ${words(view)}`);
  const PET = ['name: string', 'owner: Owner', 'friends: array of Pet'];

  it('with types, what is required, descriptions and examples; what they name is a link', () => {
    const { view } = see(ref('Pet'));
    assert.deepEqual([words(view), view.description, rowsOf(view)], ['Pet', 'An animal', PET]);
    const [name, owner] = view.properties;
    assert.deepEqual([name?.required, name?.view.description, name?.view.example], [true, 'Called', '"Rex"']);
    assert.deepEqual([owner?.view.type, owner?.view.properties], [[{ text: 'Owner', ref: '/Owner' }], []]);
  });

  it('in a list, in an answer’s own wrapping, as a choice’s only part, and through another name', () => {
    assert.deepEqual(rowsOf(see({ type: 'array', items: ref('Pet') }).view), PET);
    const wrapped = see({ properties: { data: ref('Pet'), count: { type: 'integer' } } }).view;
    assert.deepEqual(rowsOf(wrapped.properties[0]!.view), PET);
    const only = see({ allOf: [ref('Pet')], description: 'Mine' }).view;
    assert.deepEqual([only.description, only.choices, rowsOf(only)], ['Mine', undefined, PET]);
    const list = see(ref('Pets')).view;
    assert.deepEqual([words(list), rowsOf(list)], ['Pets (array of Pet)', PET]);
  });

  it('what it is a form of is no deeper', () => {
    const { view } = see(ref('Cat'));
    assert.deepEqual(
      view.choices?.views.map(({ view }) => rowsOf(view)),
      [PET, ['lives: integer']],
    );
  });

  it('one that is only values shows them', () => {
    const { view } = see(ref('Colour'));
    assert.deepEqual([view.values, view.default], [['"red"', '"blue"'], '"red"']);
  });

  it('a page of its own shows its forms, and itself once', () => {
    assert.deepEqual(rowsOf(see(SCHEMAS.Pet!, { own: 'Pet' }).view), PET);
    assert.deepEqual(see(SCHEMAS.Loop!, { own: 'Loop' }).view.properties, []);
  });

  it('circles end, and so does what nobody wants to read', () => {
    assert.equal(words(see(ref('Loop')).view), 'Loop (Loop)');
    assert.ok(see(ref('Ring')).left > 580);
    const { view, left } = see(ref('Huge'));
    assert.ok(view.properties.length < 150 && left >= 450, `${view.properties.length} ${left}`);
    assert.deepEqual([view.cut, view.page], [true, '/Huge']);
    assert.deepEqual(rowsOf(see(ref('Pet'), { rows: 0 }).view), []);
    assert.equal(words(see(ref('Any')).view), 'Any (anything)');
  });

  it('what is not there, or is only a part of a schema, is not opened', () => {
    assert.deepEqual(see(ref('Absent')).view.properties, []);
    assert.equal(nameOf('#/components/schemas/Pet/properties/name'), undefined);
    assert.equal(nameOf('#/components/schemas/a~1b'), 'a/b');
  });
});

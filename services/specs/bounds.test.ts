import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bounded } from './bounds.ts';
import type { Model, Operation } from './model.ts';

const operation = (more: Partial<Operation>): Operation => ({
  kind: 'operation',
  id: 'a',
  label: 'GET',
  name: '/a',
  group: 'A',
  ...more,
});
const model = (more: Partial<Model> & { overview?: Partial<Model['overview']> }): Model => ({
  entries: [],
  types: [],
  ...more,
  overview: {
    format: 'openapi-3.1',
    title: 'T',
    version: '1',
    servers: [],
    auth: [],
    groups: [],
    types: [],
    ...more.overview,
  } as Model['overview'],
});

describe('what one page shows at most', () => {
  it('leaves alone what is within it', () => {
    const usual = model({ entries: [operation({ description: 'x'.repeat(10_000), parameters: [] })] });
    const { model: made, notes } = bounded(usual);
    assert.deepEqual([made, notes], [usual, []]);
    assert.equal(made.entries[0], usual.entries[0]);
  });

  it('counts the descriptions of a page together, in schemas too, and says where it stopped', () => {
    const long = 'x'.repeat(75_000);
    const schema = { properties: { a: { description: long }, b: { description: long } } };
    const { model: made, notes } = bounded(
      model({ types: [{ kind: 'schema', name: 'S', slug: 's', schema }] }),
    );
    const [type] = made.types as unknown as [{ schema: typeof schema }];
    const { a, b } = type.schema.properties;
    assert.deepEqual(
      [a.description.length, b.description.length, b.description.at(-1)],
      [75_000, 25_000, '…'],
    );
    assert.equal(schema.properties.b.description, long, 'what was written is not changed');
    assert.deepEqual(notes, [
      'S: its descriptions have more than 100,000 characters; the rest is not shown.',
    ]);
  });

  it('cuts lists, but not those of a schema, which are counted where they are shown', () => {
    const parameters = Array.from({ length: 1_200 }, (_, n) => ({
      name: `p${n}`,
      place: 'query',
      schema: { enum: Array.from({ length: 1_200 }, (_, value) => value) },
    }));
    const { model: made, notes } = bounded(model({ entries: [operation({ parameters })] }));
    const [entry] = made.entries as [Operation];
    const kept = entry.parameters ?? [];
    assert.equal(kept.length, 1_000);
    assert.deepEqual(kept[999]?.schema, parameters[999]?.schema);
    assert.deepEqual(notes, ['GET /a: it has 1,200 parameters; 1,000 are shown.']);
  });

  it('leaves out the examples that would be too many characters', () => {
    const examples = Array.from({ length: 40 }, (_, n) => ({ name: `e${n}`, value: 'x'.repeat(19_000) }));
    const body = { contents: [{ mediaType: 'application/json', examples }] };
    const { model: made, notes } = bounded(model({ entries: [operation({ body })] }));
    assert.equal((made.entries as [Operation])[0].body?.contents[0]?.examples?.length, 26);
    assert.deepEqual(notes, ['GET /a: it has 40 examples; 26 are shown.']);
  });

  it('shortens what stands in the navigation of every page, and keeps every entry of it', () => {
    const entries = Array.from({ length: 3_000 }, (_, n) => ({
      id: `e${n}`,
      label: 'GET',
      name: '/x'.repeat(400),
      summary: 'y'.repeat(800),
    }));
    const { model: made, notes } = bounded(
      model({ overview: { groups: [{ name: 'G', slug: 'g', entries }] } as unknown as Model['overview'] }),
    );
    const [group] = made.overview.groups;
    assert.deepEqual(
      [group?.entries.length, group?.entries[0]?.name.length, group?.entries[0]?.summary?.length, notes],
      [3_000, 300, 300, []],
    );
  });
});

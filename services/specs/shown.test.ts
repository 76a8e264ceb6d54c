import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from './compiled.ts';
import type { Field, MessageOperation, Operation } from './model.ts';
import { read } from './read.ts';
import { fixture, given, openapi } from './test-specs.ts';

describe('what a reference shows', () => {
  it('of an operation: its parameters, the path’s too, its body, its answers, what it asks of who calls', async () => {
    const reading = await read(
      given(
        'a.json',
        openapi({
          security: [{ key: [] }],
          tags: [{ name: 'pets', description: 'All of **them**.' }],
          paths: {
            '/pets/{id}': {
              parameters: [
                { $ref: '#/components/parameters/Id' },
                { name: 'trace', in: 'header', schema: { type: 'string' } },
              ],
              put: {
                tags: ['pets'],
                operationId: 'replacePet',
                summary: 'Replaces a pet',
                parameters: [{ name: 'trace', in: 'header', required: true, schema: { type: 'integer' } }],
                requestBody: {
                  content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
                },
                responses: { 200: { $ref: '#/components/responses/Ok' }, default: { description: 'no' } },
              },
            },
          },
          components: {
            parameters: { Id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } } },
            responses: { Ok: { description: 'There it is', headers: { 'X-Rate': { schema: {} } } } },
            schemas: { Pet: { type: 'object', properties: { name: { type: 'string', example: 'Rex' } } } },
            securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
          },
        }),
      ),
    );
    const { overview, entry } = decode(reading.compiled!);
    assert.deepEqual(overview.groups, [
      {
        name: 'pets',
        slug: 'pets',
        description: 'All of **them**.',
        entries: [{ id: 'replacepet', label: 'PUT', name: '/pets/{id}', summary: 'Replaces a pet' }],
      },
    ]);
    assert.deepEqual(overview.auth, [{ name: 'key', type: 'apiKey', place: 'header', parameter: 'X-Key' }]);
    const operation = entry('replacepet') as Operation;
    assert.deepEqual(
      operation.parameters?.map(({ name, place, required, schema }) => [name, place, required, schema]),
      [
        ['id', 'path', true, { type: 'string' }],
        ['trace', 'header', true, { type: 'integer' }],
      ],
    );
    assert.deepEqual(operation.body?.contents, [
      {
        mediaType: 'application/json',
        schema: { $ref: '#/components/schemas/Pet' },
        examples: [{ name: 'Example', value: { name: 'Rex' }, made: true }],
      },
    ]);
    assert.deepEqual(
      operation.responses?.map(({ status, description }) => [status, description]),
      [
        ['200', 'There it is'],
        ['default', 'no'],
      ],
    );
    assert.deepEqual(operation.security, [[{ scheme: 'key', scopes: [] }]]);
  });

  it('of AsyncAPI: who receives which message on which channel', async () => {
    const name = 'streetlights-kafka-asyncapi.yml';
    const { compiled } = await read(given(name, fixture(name)));
    const { overview, entry } = decode(compiled!);
    assert.deepEqual(
      overview.groups.map((group) => [group.name, group.entries.length]),
      [
        ['Sends', 3],
        ['Receives', 1],
      ],
    );
    const operation = entry('receivelightmeasurement') as MessageOperation;
    assert.equal(
      operation.channel?.name,
      'smartylighting.streetlights.1.0.event.{streetlightId}.lighting.measured',
    );
    assert.equal(operation.messages?.[0]?.name, 'lightMeasured');
  });

  it('of GraphQL: queries with their arguments, and types', async () => {
    const sdl =
      '"A shop." type Query { "One pet. By its id." pet(id: ID!, big: Boolean = true): Pet }\ntype Pet { name: String! }';
    const reading = await read(given('pet_shop.graphql', sdl));
    assert.deepEqual([reading.format, reading.title, reading.problems], ['graphql', 'Pet shop', []]);
    const { entry, type } = decode(reading.compiled!);
    const field = entry('query-pet') as Field;
    assert.deepEqual([field.type, field.summary], ['Pet', 'One pet.']);
    assert.deepEqual(field.arguments, [
      { name: 'id', type: 'ID!' },
      { name: 'big', type: 'Boolean', default: 'true' },
    ]);
    assert.equal(type('pet')?.kind, 'graphql');
  });
});

import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { decode } from './compiled.ts';
import { MAX_DEPTH } from './limits.ts';
import type { Field, MessageOperation, Operation } from './model.ts';
import { read } from './read.ts';
import { archive, fixture } from './test-specs.ts';

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const given = (name: string, content: string | Buffer) => ({ name, bytes: Buffer.from(content) });
const openapi = (more: object) =>
  JSON.stringify({ openapi: '3.1.0', info: { title: 'T', version: '1' }, ...more });
const ok = { responses: { 200: { description: 'ok' } } };

describe('descriptions that others wrote', () => {
  const table: [name: string, format: string, title: string, operations: number][] = [
    ['uspto.yaml', 'openapi-3.0', 'USPTO Data Set API', 3],
    ['tictactoe.yaml', 'openapi-3.1', 'Tic Tac Toe', 4],
    ['streetlights-kafka-asyncapi.yml', 'asyncapi-3', 'Streetlights Kafka API', 4],
  ];
  for (const [name, format, title, operations] of table)
    it(`${name} is ${format}, without a problem`, async () => {
      const reading = await read(given(name, fixture(name)));
      assert.deepEqual(
        [reading.format, reading.title, reading.operations, reading.problems],
        [format, title, operations, []],
      );
      const compiled = decode(reading.compiled!);
      assert.equal(compiled.entryIds.length, operations);
      for (const id of compiled.entryIds) assert.equal(compiled.entry(id)?.id, id);
      for (const { slug, name: type } of compiled.overview.types)
        assert.equal(compiled.type(slug)?.name, type);
    });

  it('an archive whose files refer to one another becomes one document', async () => {
    const bytes = await archive('petstore-separate');
    const reading = await read({ name: 'petstore.zip', bytes });
    assert.deepEqual(
      [reading.format, reading.root, reading.problems],
      ['swagger-2.0', 'spec/swagger.json', []],
    );
    assert.doesNotMatch(textOf(reading.document), /"\$ref":"[^#]/);
    const compiled = decode(reading.compiled!);
    assert.ok(compiled.typeNamed('Pet'));
  });
});

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

describe('what is wrong is said with file, line and a sentence', () => {
  const table: [what: string, name: string, content: string, place: [number, number], sentence: RegExp][] = [
    ['no YAML', 'a.yaml', 'openapi: 3.0.0\ninfo: [\n', [3, 1], /neither YAML nor JSON/],
    ['no JSON', 'a.json', '{"openapi": "3.0.0"\n  "info": 1}', [2, 3], /neither YAML nor JSON/],
    ['something else', 'a.json', '{"name": "x"}', [0, 0], /neither "openapi" nor/],
    ['a list', 'a.json', '[1]', [0, 0], /no API description/],
    ['a version that is not read', 'a.yaml', 'openapi: 4.0.0', [0, 0], /OpenAPI 4\.0\.0 is not read/],
    ['nothing', 'a.yaml', '', [0, 0], /empty/],
    ['no GraphQL', 'a.graphql', 'type Query {', [1, 13], /Syntax Error/],
    ['GraphQL without a type', 'a.graphql', 'type Query { a: B }', [1, 17], /Unknown type "B"/],
  ];
  for (const [what, name, content, place, sentence] of table)
    it(`fatal: ${what}`, async () => {
      const reading = await read(given(name, content));
      const [first] = reading.problems;
      assert.match(first!.sentence, sentence);
      assert.deepEqual([first!.file, first!.line, first!.column], [name, ...place]);
      assert.equal(reading.compiled === undefined, first!.severity === 'fatal');
    });

  it('against the rules and yet usable: an unknown property, a reference to nothing, no version', async () => {
    const yaml = `openapi: 3.1.0
info:
  title: T
paths:
  /a:
    get:
      sumary: slip of the pen
      responses:
        "200":
          $ref: "#/components/responses/Gone"
`;
    const reading = await read(given('a.yaml', yaml));
    assert.deepEqual(
      reading.problems.map(({ severity, line, rule }) => [severity, line, rule]),
      [
        ['error', 2, 'struct'],
        ['error', 7, 'struct'],
        ['error', 10, 'no-unresolved-refs'],
      ],
    );
    assert.match(reading.problems[1]!.sentence, /`sumary` is not expected here/);
    assert.equal(reading.operations, 1);
    assert.ok(reading.compiled);
  });

  it('not UTF-8: the line on which it begins', async () => {
    const bytes = Buffer.concat([
      Buffer.from('openapi: 3.0.0\ninfo:\n  title: Caf'),
      Buffer.from([0xe9, 0x20, 0x21]),
    ]);
    const [problem] = (await read({ name: 'a.yaml', bytes })).problems;
    assert.deepEqual([problem!.line, problem!.column, problem!.severity], [3, 13, 'fatal']);
    assert.match(problem!.sentence, /not UTF-8/);
  });
});

describe('what is hostile is refused, or shown harmlessly', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [n, name] of [...'bcdefghi'].entries())
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[n]}`).join(',')}]`);
  const table: [what: string, name: string, content: string, sentence: RegExp][] = [
    ['a YAML bomb', 'a.yaml', `openapi: 3.0.0\n${bomb.join('\n')}`, /more than 4,000,000 values/],
    ['an alias inside of itself', 'a.yaml', 'openapi: 3.0.0\nx: &x [*x]', /contains itself/],
    [
      'nested too deep',
      'a.json',
      `{"openapi":"3.0.0","x":${'['.repeat(MAX_DEPTH + 5)}${']'.repeat(MAX_DEPTH + 5)}}`,
      /nested deeper than/,
    ],
    [
      'nested far too deep',
      'a.json',
      `{"openapi":"3.0.0","x":${'['.repeat(200_000)}`,
      /nested too deep|neither YAML nor JSON|deeper/,
    ],
    [
      'nested far too deep in YAML',
      'a.yaml',
      `openapi: 3.0.0\nx: ${'['.repeat(100_000)}`,
      /nested too deep|neither YAML nor JSON|deeper/,
    ],
    ['GraphQL nested too deep', 'a.graphql', `type Query { a: ${'['.repeat(200_000)}Int }`, /deep|Syntax/],
    [
      'too many operations',
      'a.json',
      openapi({
        paths: Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`/p${n}`, { get: ok }])),
      }),
      /100,000 operations/,
    ],
  ];
  for (const [what, name, content, sentence] of table)
    it(what, async () => {
      const { problems, compiled } = await read(given(name, content));
      assert.deepEqual([problems.length, problems[0]?.severity, compiled], [1, 'fatal', undefined]);
      assert.match(problems[0]!.sentence, sentence);
    });

  it('schemas that contain themselves are shown, each once', async () => {
    const schemas = {
      Tree: { type: 'object', properties: { left: { $ref: '#/components/schemas/Tree' } } },
      Hen: { properties: { lays: { $ref: '#/components/schemas/Egg' } } },
      Egg: { allOf: [{ $ref: '#/components/schemas/Hen' }] },
    };
    const { compiled } = await read(given('a.json', openapi({ paths: {}, components: { schemas } })));
    const { overview, typeNamed } = decode(compiled!);
    assert.deepEqual(
      overview.types.map(({ name }) => typeNamed(name)?.name),
      ['Tree', 'Hen', 'Egg'],
    );
  });

  const selves: [what: string, document: object][] = [
    ['path', { paths: { '/b': { $ref: '#/paths/~1b' } } }],
    ['schema', { paths: {}, components: { schemas: { A: { $ref: '#/components/schemas/A' } } } }],
    ['parameter', { paths: {}, components: { parameters: { P: { $ref: '#/components/parameters/P' } } } }],
  ];
  for (const [what, document] of selves)
    it(`a ${what} that is nothing but itself`, async () => {
      const { problems } = await read(given('a.json', openapi(document)));
      assert.match(problems[0]!.sentence, /cannot be followed to its end: Self-referencing/);
    });

  const outside = [
    'file:///etc/passwd',
    '/etc/passwd',
    '../../../../etc/passwd',
    'http://127.0.0.1:9/x.yaml',
    'http://169.254.169.254/latest/meta-data',
    '//127.0.0.1/x.json',
    'schemas.graphql',
  ];
  for (const ref of outside)
    it(`a reference to ${ref} reads nothing`, async (t) => {
      const fetched = t.mock.method(globalThis, 'fetch', () => {
        throw new Error('fetched');
      });
      const schema = { $ref: ref };
      const responses = { 200: { description: 'x', content: { 'application/json': { schema } } } };
      const example = { externalValue: ref };
      const body = { content: { 'application/json': { schema: {}, examples: { a: example } } } };
      const content = openapi({ paths: { '/a': { post: { requestBody: body, responses } } } });
      const reading = await read(given('a.json', content));
      assert.equal(fetched.mock.callCount(), 0);
      assert.ok(reading.problems.some(({ rule }) => rule === 'no-unresolved-refs'));
      assert.doesNotMatch(textOf(reading.document), /root:/);
    });
});

test('an archive may not climb out, may not swell, and says what it lacks', async () => {
  const zip = (files: Record<string, string | Buffer>) => archive(files);
  const said = async (bytes: Buffer) => (await read({ name: 'a.zip', bytes })).problems[0]?.sentence;
  const evil = await zip({ 'aa/openapi.yaml': 'openapi: 3.0.0' });
  for (const path of ['../', '/a/']) {
    const bytes = Buffer.from(
      evil.toString('latin1').replaceAll('aa/', path.padEnd(3, '/').slice(0, 3)),
      'latin1',
    );
    assert.match((await said(bytes)) ?? '', /cannot be read: (invalid relative path|absolute path)/);
  }
  assert.match(
    (await said(await zip({ 'a.yaml': Buffer.alloc(40 * 2 ** 20, 'a') }))) ?? '',
    /32 MiB unpacked/,
  );
  assert.match((await said(await zip({ 'a.png': 'x' }))) ?? '', /holds no description/);
  assert.match((await said(await zip({ 'a.yaml': 'x: 1' }))) ?? '', /neither "openapi"/);
  assert.match(
    (await said(await zip({ 'a.yaml': 'x: 1', 'b.yaml': 'y: 1' }))) ?? '',
    /None of the files says/,
  );
  const two = { 'a.yaml': 'openapi: 3.0.0', 'b.yaml': 'openapi: 3.0.0' };
  assert.match((await said(await zip(two))) ?? '', /a\.yaml, b\.yaml/);
  assert.match((await said(Buffer.from('PK\x03\x04 and no more'))) ?? '', /cannot be read/);
});

import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { decode } from './compiled.ts';
import { MAX_DEPTH } from './limits.ts';
import { read } from './read.ts';
import { archive, given, openapi } from './test-specs.ts';

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const ok = { responses: { 200: { description: 'ok' } } };
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
      'a chain of 4,000 schemas, each naming the next',
      'a.json',
      JSON.stringify({
        openapi: '3.0.0',
        info: { title: 'Chain', version: '1' },
        paths: {},
        components: {
          schemas: Object.fromEntries(
            Array.from({ length: 4_000 }, (_, i) => [
              `S${i}`,
              { type: 'object', properties: { next: { $ref: `#/components/schemas/S${(i + 1) % 4_000}` } } },
            ]),
          ),
        },
      }),
      /in too long a chain/,
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

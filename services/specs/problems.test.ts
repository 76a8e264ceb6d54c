import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { read } from './read.ts';
import { given } from './test-specs.ts';

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

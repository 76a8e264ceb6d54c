import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Schema } from '../../specs/model.ts';
import { isJson, written } from './written.ts';

const STRING = { type: 'string' };
const cases: [said: string, value: unknown, mediaType: string, schema: Schema | undefined, sent: string][] = [
  ['a string in JSON is quoted', 'text', 'application/json', STRING, '"text"'],
  ['with its quotes escaped', 'a "b"\n', 'application/json; charset=utf-8', STRING, '"a \\"b\\"\\n"'],
  ['so is one that reads as JSON', '{"a":1}', 'application/json', STRING, '"{\\"a\\":1}"'],
  ['or may be null', '[1]', 'application/json', { type: ['string', 'null'] }, '"[1]"'],
  ['an object that was given as text stays', '{"a":1}', 'application/json', { type: 'object' }, '{"a":1}'],
  ['of a named schema, too', '[1]', 'application/problem+json', { $ref: '#/a' }, '[1]'],
  ['what only begins like one is a string', '{id}', 'application/json', { $ref: '#/a' }, '"{id}"'],
  ['an unknown schema', 'text', 'application/json', undefined, '"text"'],
  ['a number', 7, 'application/json', { type: 'integer' }, '7'],
  ['an object', { a: 1 }, 'application/json', undefined, '{"a":1}'],
  ['plain text', 'text', 'text/plain', STRING, 'text'],
  ['lines of JSON', '{}\n{}', 'application/jsonl', STRING, '{}\n{}'],
];
for (const [said, value, mediaType, schema, sent] of cases)
  test(said, () => assert.equal(written(value, mediaType, schema), sent));

test('what is JSON', () => {
  for (const yes of ['application/json', 'text/json', 'application/vnd.a.b+json; v=1', 'Application/JSON'])
    assert.ok(isJson(yes), yes);
  for (const no of [
    'application/json-seq',
    'application/x-ndjson',
    'text/plain',
    'application/xml; a="/json"',
  ])
    assert.ok(!isJson(no), no);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { looksLikeSpec } from './from-inbox.ts';

describe('what in the inbox is an API’s description', () => {
  const table: [name: string, head: string, is: boolean][] = [
    ['petstore.yaml', 'openapi: 3.0.0\ninfo:', true],
    ['petstore.yaml', '# A comment\n\nswagger: "2.0"', true],
    ['petstore.json', '{"openapi":"3.1.0"', true],
    ['petstore.json', '{\n  "info": {}, "asyncapi": "3.0.0"', true],
    ['shop.graphql', 'type Query', true],
    ['petstore-openapi.zip', 'PK', true],
    ['photos.zip', 'PK', false],
    ['compose.yaml', 'services:\n  openapi-ui:', false],
    ['data.json', '{"name":"openapi"}', false],
    ['openapi.png', 'openapi: 3', false],
  ];
  for (const [name, head, is] of table)
    it(`${name} with ${JSON.stringify(head)}: ${is ? 'yes' : 'no'}`, () =>
      assert.equal(looksLikeSpec(name, Buffer.from(head)), is));
});

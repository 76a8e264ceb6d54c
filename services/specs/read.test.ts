import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from './compiled.ts';
import { read } from './read.ts';
import { archive, fixture, given } from './test-specs.ts';

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
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

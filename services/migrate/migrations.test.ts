import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  expectedSchema,
  knownMigrations,
  migrationsFolder,
  whySchemaDoesNotFit,
} from '../platform/database/schema.ts';

describe('the migrations', () => {
  for (const name of knownMigrations()) {
    const sql = readFileSync(new URL(name, migrationsFolder), 'utf8').replaceAll(/--.*$/gm, '');
    it(`${name}: every statement may run twice`, () => {
      for (const create of sql.match(/CREATE TABLE.*/g) ?? []) assert.match(create, /IF NOT EXISTS/);
      for (const insert of sql.match(/INSERT .*/g) ?? []) assert.match(insert, /^INSERT IGNORE/);
      for (const change of sql.match(/(ADD|DROP|MODIFY|CHANGE) (COLUMN|INDEX|KEY).*/g) ?? []) {
        assert.match(change, /IF (NOT )?EXISTS/);
      }
    });

    it(`${name}: every table has a primary key, by which Galera certifies`, () => {
      for (const table of sql.match(/CREATE TABLE[^;]*;/g) ?? []) assert.match(table, /PRIMARY KEY/);
    });
  }

  it('the schema fits when it is at least as new as this release', () => {
    const expected = expectedSchema();
    assert.equal(expected, knownMigrations().at(-1));
    assert.equal(whySchemaDoesNotFit(expected, expected), undefined);
    assert.equal(whySchemaDoesNotFit('9999-from-the-future.sql', expected), undefined);
    assert.match(
      whySchemaDoesNotFit('0000-older.sql', expected) ?? '',
      /is at 0000-older.sql; this release needs/,
    );
    assert.match(whySchemaDoesNotFit(undefined, expected) ?? '', /migrate has not run/);
  });
});

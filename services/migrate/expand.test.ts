import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { knownMigrations, migrationsFolder } from '../platform/database/schema.ts';
import { breaches, compareReleases, statements } from './expand.ts';
import { digest, lastRelease } from './last-release.ts';

const release = lastRelease();
const read = (name: string) => readFileSync(new URL(name, migrationsFolder), 'utf8');

describe('expand, then contract one release later', () => {
  for (const name of knownMigrations().filter((one) => !(one in release.migrations)))
    it(`${name}: the code of ${release.version} does not feel it`, () =>
      assert.deepEqual(breaches(read(name), release.version), []));

  it('what a release has brought is never changed: a cluster that has run it would not run it again', () => {
    for (const [name, sha256] of Object.entries(release.migrations))
      assert.equal(
        digest(read(name)),
        sha256,
        `${name} is not what ${release.version} brought; add a new file`,
      );
  });

  it('a new migration comes after every released one, or it would be taken for applied', () => {
    const released = Object.keys(release.migrations).sort();
    assert.deepEqual(knownMigrations().slice(0, released.length), released);
  });
});

describe('a migration', () => {
  const good: [string, string][] = [
    ['makes a table', 'CREATE TABLE IF NOT EXISTS t (id INT NOT NULL PRIMARY KEY, UNIQUE KEY k (id));'],
    ['adds a column that may be NULL', 'ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT NULL;'],
    ['adds a column with a default', "ALTER TABLE t ADD a ENUM('x', 'y') NOT NULL DEFAULT 'x';"],
    ['adds an index', 'ALTER TABLE t ADD KEY IF NOT EXISTS k (a, b), ADD INDEX i (b);'],
    ['adds an index on its own', 'CREATE INDEX IF NOT EXISTS k ON t (a);'],
    ['adds a setting', "INSERT IGNORE INTO cluster_settings VALUES ('a', 'b');"],
    ['only talks of DROP', '-- DROP TABLE t;\n/* RENAME; */ CREATE INDEX IF NOT EXISTS k ON t (a);'],
    [
      'takes away what nobody needs since the last release',
      '-- contract since 0.1.0: t.a is read by nobody\nALTER TABLE t DROP COLUMN a;',
    ],
  ];
  for (const [what, sql] of good)
    it(`that ${what} may go out`, () => assert.deepEqual(breaches(sql, '0.1.0'), []));

  const bad: [string, string, RegExp][] = [
    ['drops a table', 'DROP TABLE IF EXISTS t;', /only CREATE TABLE/],
    ['drops a column', 'ALTER TABLE t DROP COLUMN IF EXISTS a;', /takes away, renames/],
    [
      'drops a column beside what it adds',
      'ALTER TABLE t ADD b DECIMAL(3, 1) NULL, DROP COLUMN a;',
      /takes away/,
    ],
    ['renames a table', 'RENAME TABLE t TO u;', /only CREATE TABLE/],
    ['renames a column', 'ALTER TABLE t RENAME COLUMN a TO b;', /takes away, renames/],
    ['changes a type', 'ALTER TABLE t MODIFY COLUMN IF EXISTS a BIGINT;', /takes away, renames or changes/],
    [
      'adds a column that the old code cannot fill',
      'ALTER TABLE t ADD a INT NOT NULL;',
      /neither NULL nor a DEFAULT/,
    ],
    [
      'adds such a column whose name sounds as if it were filled',
      'ALTER TABLE t ADD COLUMN default_version INT NOT NULL;',
      /neither NULL nor a DEFAULT/,
    ],
    ['adds columns in brackets', 'ALTER TABLE t ADD (a INT NOT NULL, b INT DEFAULT 1);', /one by one/],
    ['makes a column unique', 'ALTER TABLE t ADD a INT NULL UNIQUE;', /refuses rows/],
    ['adds a unique key', 'ALTER TABLE t ADD UNIQUE KEY k (a);', /refuses rows/],
    ['adds a unique index', 'CREATE UNIQUE INDEX k ON t (a);', /refuses rows/],
    ['adds a constraint', 'ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);', /refuses rows/],
    ['rewrites rows', 'UPDATE t SET a = 1;', /only CREATE TABLE/],
    ['deletes rows', 'DELETE FROM t;', /only CREATE TABLE/],
    ['empties a table', 'TRUNCATE TABLE t;', /only CREATE TABLE/],
    [
      'contracts a release too early',
      '-- contract since 0.2.0: t.a is read by nobody\nALTER TABLE t DROP COLUMN a;',
      /waits until 0\.2\.0 is the last release/,
    ],
    [
      'names one contraction and does another',
      '-- contract since 0.1.0: t.a is read by nobody\nALTER TABLE t DROP COLUMN a;\nALTER TABLE t DROP COLUMN b;',
      /takes away.*DROP COLUMN b/,
    ],
    ['contracts without a word why', '-- contract since 0.1.0:\nALTER TABLE t DROP COLUMN a;', /takes away/],
  ];
  for (const [what, sql, sentence] of bad)
    it(`that ${what} is refused`, () => {
      const found = breaches(sql, '0.1.0');
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', sentence);
    });

  it('is read statement by statement', () =>
    assert.deepEqual(statements('A\n  b; -- c;\n# d;\nE;'), ['A b', 'E']));
});

it('releases are compared by number', () => {
  assert.ok(compareReleases('0.10.0', '0.9.9') > 0);
  assert.ok(compareReleases('1.0.0', '1.0.1') < 0);
  assert.equal(compareReleases('1.2.3', '1.2.3'), 0);
});

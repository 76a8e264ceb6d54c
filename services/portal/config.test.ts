import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseBytes } from '../platform/config.ts';
import { loadConfig } from './config.ts';

describe('parseBytes', () => {
  const table: [string, number | undefined][] = [
    ['2GiB', 2 * 2 ** 30],
    ['512 MiB', 512 * 2 ** 20],
    ['1.5gib', 1.5 * 2 ** 30],
    ['1000', 1000],
    ['1000B', 1000],
    ['2GB', undefined],
    ['-1', undefined],
    ['0', undefined],
    ['', undefined],
    ['much', undefined],
  ];
  for (const [text, bytes] of table)
    it(`reads "${text}" as ${bytes}`, () => assert.equal(parseBytes(text), bytes));
});

describe('loadConfig', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portico-config-'));
  after(() => rmSync(directory, { recursive: true }));

  it('names every fault at once', () => {
    writeFileSync(join(directory, 'app-password'), '\n');
    assert.throws(
      () =>
        loadConfig({
          PORTICO_SECRETS: directory,
          PORTICO_MAX_UPLOAD: 'lots',
          PORTICO_DB_NODES: 'db 1',
          PORTICO_PORT: '70000',
        }),
      (error: Error) => {
        for (const fault of [
          'PORTICO_MAX_UPLOAD',
          'PORTICO_DB_NODES',
          'PORTICO_PORT',
          'app-password is empty',
          'session-secret',
          'edge-secret',
          'volume-id',
          'signing-key',
        ])
          assert.match(error.message, new RegExp(fault), `it should name ${fault}`);
        return true;
      },
    );
  });

  it('needs no more than the nodes and the secrets', () => {
    for (const name of ['app-password', 'session-secret', 'edge-secret', 'volume-id', 'signing-key'])
      writeFileSync(join(directory, name), `${name}!\n`);
    const config = loadConfig({ PORTICO_SECRETS: directory, PORTICO_DB_NODES: 'db-1, db-2:3307' });
    assert.deepEqual(config.databaseNodes, ['db-1', 'db-2:3307']);
    assert.equal(config.maxUpload, 2 * 2 ** 30);
    assert.equal(config.secrets.edgeSecret, 'edge-secret!');
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ownVersion } from './version.ts';

test('an image says what was stamped on it; a clone says that it is one', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'portico-version-'));
  t.after(() => rm(root, { recursive: true }));
  const url = pathToFileURL(`${root}/`);
  assert.throws(() => ownVersion(url), /package\.json/);
  await writeFile(join(root, 'package.json'), '{"version": "1.2.3"}');
  assert.equal(ownVersion(url), '1.2.3+clone');
  await writeFile(join(root, 'VERSION'), '1.2.3+3f9a1c2e\n');
  assert.equal(ownVersion(url), '1.2.3+3f9a1c2e');
  assert.match(ownVersion(), /^\d+\.\d+\.\d+\+clone$/);
});

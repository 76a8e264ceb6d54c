import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Package {
  version?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(
  readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
) as { packages: Record<string, Package> };

test('the lock file names every package of every platform, or `npm ci` refuses it', () => {
  const missing: string[] = [];
  for (const [at, one] of Object.entries(packages)) {
    for (const name of Object.keys({ ...one.dependencies, ...one.optionalDependencies })) {
      if (!isNamed(at, name)) missing.push(`${name} of ${at || 'package.json'}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('the lock file pins Node itself, one version for each platform', () => {
  const pinned = Object.entries(packages).filter(([at]) => /^node_modules\/node-(linux|darwin)-/.test(at));
  assert.ok(pinned.length >= 2);
  assert.equal(new Set(pinned.map(([, one]) => one.version)).size, 1);
});

/** As Node resolves it: beside the package, then in each directory above it. */
function isNamed(at: string, name: string): boolean {
  for (let from = at; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (packages[`${from}${from && '/'}node_modules/${name}`]) return true;
    if (from === '') return false;
    if (!from.includes('/node_modules/')) return packages[`node_modules/${name}`] !== undefined;
  }
}

import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readConfig } from './config.ts';
import { addSecrets, look, mark, type Roots, writeAll } from './files.ts';
import { type Found, type InitPlan, planInit } from './plan.ts';
import { ADDED, makeSecrets, SECRET_FILES, SECRETS, type SecretFile, VOLUMES } from './secrets.ts';

const all = new Set(SECRET_FILES);
const none = new Set<SecretFile>();
const without = (...files: SecretFile[]) => new Set(SECRET_FILES.filter((file) => !files.includes(file)));

describe('planInit', () => {
  const table: [string, Omit<Found, 'marked'> & Partial<Found>, InitPlan['action'], RegExp][] = [
    ['a new cluster', { mark: 'none', files: none, volumeInUse: false }, 'make', /new cluster/],
    [
      'interrupted before the first file',
      { mark: 'making', files: none, volumeInUse: false },
      'make',
      /again/,
    ],
    [
      'interrupted half-way',
      { mark: 'making', files: without('lb/tls.key'), volumeInUse: false },
      'make',
      /again/,
    ],
    ['interrupted before the mark', { mark: 'making', files: all, volumeInUse: false }, 'make', /again/],
    ['a cluster in use', { mark: 'born', files: all, volumeInUse: true }, 'keep', /has all/],
    [
      'one secret lost',
      { mark: 'born', files: without('db/app-password'), volumeInUse: true },
      'stop',
      /app-password \(volume secrets-db\) is missing/,
    ],
    [
      'two lost',
      { mark: 'born', files: without('lb/tls.key', 'lb/tls.crt'), volumeInUse: true },
      'stop',
      /tls\.key .* and tls\.crt .* are missing/,
    ],
    [
      'the shared volume swapped for an empty one',
      { mark: 'born', files: without('data/.volume-id'), volumeInUse: false },
      'stop',
      /\.volume-id \(volume data\)/,
    ],
    [
      'a cluster from before there were agents',
      { mark: 'born', files: without('agent/app-password', 'agent/volume-id'), volumeInUse: true },
      'add',
      /older than one of its consumers/,
    ],
    [
      'the agents new, and something else lost',
      { mark: 'born', files: without('agent/app-password', 'lb/tls.key'), volumeInUse: true },
      'stop',
      /tls\.key .*missing/,
    ],
    [
      'a cluster from before it had a key to sign with',
      { mark: 'born', files: without('portal/signing-key'), marked: new Set(), volumeInUse: true },
      'add',
      /older than its signing-key/,
    ],
    [
      'one that died before it marked its key',
      { mark: 'born', files: all, marked: new Set(), volumeInUse: true },
      'add',
      /interrupted before it marked/,
    ],
    [
      'a key that was made, and lost',
      { mark: 'born', files: without('portal/signing-key'), volumeInUse: true },
      'stop',
      /signing-key \(volume secrets-portal\) is missing/,
    ],
    [
      'from before the key, and something else lost',
      {
        mark: 'born',
        files: without('portal/signing-key', 'portal/app-password'),
        marked: new Set(),
        volumeInUse: true,
      },
      'stop',
      /but app-password \(volume secrets-portal\) is missing/,
    ],
    ['every secret lost', { mark: 'born', files: none, volumeInUse: true }, 'stop', /missing/],
    ['only the mark lost', { mark: 'none', files: all, volumeInUse: true }, 'stop', /init-state/],
    [
      'the mark lost before the first upload',
      { mark: 'none', files: all, volumeInUse: false },
      'stop',
      /app-password/,
    ],
    [
      'all but the shared volume lost',
      { mark: 'none', files: new Set<SecretFile>(['data/.volume-id']), volumeInUse: true },
      'stop',
      /holds files/,
    ],
    [
      'someone else’s files on the volume',
      { mark: 'none', files: none, volumeInUse: true },
      'stop',
      /holds files/,
    ],
  ];
  for (const [title, found, action, reason] of table) {
    test(`${title}: ${action}`, () => {
      const plan = planInit({ marked: new Set(found.mark === 'born' ? ADDED : []), ...found });
      assert.equal(plan.action, action);
      assert.match(plan.reason, reason);
    });
  }
});

describe('the files', () => {
  test('a crash before any step, and a second run, end with one whole set of secrets', async (t) => {
    const steps: string[] = [];
    await writeAll(await freshRoots(t), await secrets(), (step) => steps.push(step));
    assert.equal(steps.length, 3 + 2 * SECRET_FILES.length);

    for (let crash = 0; crash < steps.length; crash++) {
      const roots = await freshRoots(t);
      let step = 0;
      const interrupted = writeAll(roots, await secrets(), () => {
        if (step++ === crash) throw new Error('power cut');
      });
      await assert.rejects(interrupted, /power cut/);

      const plan = planInit(await look(roots));
      assert.equal(plan.action, 'make', `after a crash before step ${crash}: ${plan.reason}`);
      await writeAll(roots, await secrets());
      await assertWhole(roots);
    }
  });

  test('a cluster from before a secret gets it once, and keeps it', async (t) => {
    const roots = await freshRoots(t);
    await writeAll(roots, await secrets());
    for (const name of ADDED) await rm(join(roots.state, `made-${name}`));
    await rm(join(roots.portal, 'signing-key'));
    const plan = planInit(await look(roots));
    assert.ok(plan.action === 'add');
    assert.deepEqual([plan.files, plan.make, plan.mark], [[], ['signing-key'], ['signing-key']]);
    await addSecrets(roots, plan.make, await secrets());
    const made = await readFile(join(roots.portal, 'signing-key'), 'utf8');

    const again = planInit(await look(roots));
    assert.ok(again.action === 'add', 'a crash before the mark');
    assert.deepEqual([again.make, again.mark], [[], ['signing-key']]);
    await mark(roots, again.mark);
    await assertWhole(roots);
    assert.equal(await readFile(join(roots.portal, 'signing-key'), 'utf8'), made);
  });

  test('each consumer has its own files alone, readable by their owner alone', async (t) => {
    const roots = await freshRoots(t);
    await writeAll(roots, await secrets());
    const expected = {
      ...Object.fromEntries(VOLUMES.map((volume) => [volume, [] as string[]])),
      state: ['born', ...ADDED.map((name) => `made-${name}`)],
    };
    for (const file of SECRET_FILES) {
      const [volume, name] = file.split('/') as [keyof typeof expected, string];
      expected[volume]?.push(name);
    }
    for (const volume of VOLUMES) {
      const names = await readdir(roots[volume]);
      assert.deepEqual(names.sort(), expected[volume as keyof typeof expected]?.sort());
      for (const name of names) assert.equal((await stat(join(roots[volume], name))).mode & 0o777, 0o400);
    }
  });

  test('files of a portal on the shared volume are seen, its id is not taken for one', async (t) => {
    const roots = await freshRoots(t);
    await writeAll(roots, await secrets());
    assert.equal((await look(roots)).volumeInUse, false);
    await mkdir(join(roots.data, 'blobs'));
    assert.equal((await look(roots)).volumeInUse, true);
  });

  test('a directory that cannot be looked into is an error, not an empty volume', async (t) => {
    const roots = await freshRoots(t);
    await rm(roots.data, { recursive: true });
    await writeFile(roots.data, 'not a directory');
    await assert.rejects(look(roots), { code: 'ENOTDIR' });
  });
});

describe('the secrets', () => {
  test('what signs exports is an Ed25519 key', async () => {
    const key = createPrivateKey((await secrets())['signing-key']);
    assert.equal(key.asymmetricKeyType, 'ed25519');
  });

  test('the certificate is good for localhost and for the given name, and its key fits', async () => {
    const made = await makeSecrets({ adminPassword: undefined, hostname: 'portal.example.com' }, new Date());
    const certificate = new X509Certificate(made['tls.crt']);
    for (const name of ['localhost', 'portal.example.com']) assert.equal(certificate.checkHost(name), name);
    for (const address of ['127.0.0.1', '::1']) assert.ok(certificate.checkIP(address));
    assert.ok(new Date(certificate.validTo).getTime() > Date.now() + 9 * 365 * 86_400_000);
  });

  test('no two are alike, and a chosen administrator’s password is taken', async () => {
    const made = await makeSecrets(
      { adminPassword: 'correct horse battery', hostname: undefined },
      new Date(),
    );
    assert.equal(made['admin-password'], 'correct horse battery');
    assert.equal(new Set(Object.values(made)).size, Object.keys(SECRETS).length);
    const other = await secrets();
    assert.match(other['admin-password'], /^([a-z2-9]{6}-){3}[a-z2-9]{6}$/);
  });
});

describe('the settings', () => {
  test('what compose passes for an unset variable is taken for unset', () => {
    const { settings } = readConfig({ PORTICO_ADMIN_PASSWORD: '', PORTICO_HOSTNAME: '' });
    assert.deepEqual(settings, { adminPassword: undefined, hostname: undefined });
  });

  test('every fault is named at once', () => {
    assert.throws(
      () => readConfig({ PORTICO_ADMIN_PASSWORD: 'short', PORTICO_HOSTNAME: 'a b' }),
      /12 to 200 characters.*PORTICO_HOSTNAME/,
    );
  });
});

function secrets() {
  return makeSecrets({ adminPassword: undefined, hostname: undefined }, new Date());
}

async function freshRoots(t: { after(fn: () => Promise<void>): void }): Promise<Roots> {
  const root = await mkdtemp(join(tmpdir(), 'portico-init-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const roots = Object.fromEntries(VOLUMES.map((volume) => [volume, join(root, volume)])) as Roots;
  for (const path of Object.values(roots)) await mkdir(path);
  return roots;
}

/** The mark says born, all files are there, and every copy of one secret says the same. */
async function assertWhole(roots: Roots): Promise<void> {
  const found = await look(roots);
  assert.equal(planInit(found).action, 'keep');
  for (const files of Object.values(SECRETS)) {
    const values = new Set<string>();
    for (const file of files) {
      const [volume, name] = file.split('/') as [keyof Roots, string];
      values.add(await readFile(join(roots[volume], name), 'utf8'));
    }
    assert.equal(values.size, 1);
  }
  for (const path of Object.values(roots))
    assert.ok(!(await readdir(path)).some((name) => name.endsWith('.tmp')));
}

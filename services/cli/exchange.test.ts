/** `portico generations …` as a person types it, against a portal over fakes. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TestPortal, testPortal } from '../portal/test-portal.ts';
import { ROOT } from './config.ts';
import { fileForm, multipart } from './multipart.ts';
import { execute } from './process.ts';

describe('generations, from one cluster into another', () => {
  let portal: TestPortal;
  let folder: string;
  let token: string;
  let n: number;

  before(async () => {
    portal = await testPortal();
    folder = await mkdtemp(join(tmpdir(), 'portico-exchange-'));
    token = await portal.token('admin');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const made = await fetch(`${portal.url}/api/v1/generations`, { method: 'POST', headers, body: '{}' });
    n = ((await made.json()) as { n: number }).n;
  });
  after(async () => {
    await portal.close();
    await rm(folder, { recursive: true });
  });

  const generations = (...args: string[]) =>
    execute(process.execPath, [join(ROOT, 'services/cli/portico.mjs'), 'generations', ...args], {
      check: false,
      env: { ...process.env, PORTICO_URL: portal.url, PORTICO_TOKEN: token },
    });

  it('writes an export into a file, which has its name only when it is whole', async () => {
    const path = join(folder, 'gen.portico');
    const { code, stderr } = await generations('export', String(n), '-o', path);
    assert.equal(code, 0, stderr);
    assert.equal(await readFile(path, 'utf8'), `generation ${n}`);
    assert.deepEqual(await readdir(folder), ['gen.portico']);
  });

  it('writes an export to standard output, and nothing else', async () => {
    assert.equal((await generations('export', String(n))).stdout, `generation ${n}`);
  });

  it('says why there is no export, and leaves no file', async () => {
    const { code, stderr } = await generations('export', '99', '-o', join(folder, 'none.portico'));
    assert.equal(code, 1);
    assert.match(stderr, /There is no generation 99/);
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('none')));
  });

  it('sends an import, and makes it current when it is asked to', async () => {
    const path = join(folder, 'in.portico');
    await writeFile(path, `generation ${n}`);
    const { code, stdout, stderr } = await generations('import', path, '--activate');
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`Generation ${n} is current`));
    const listed = JSON.parse((await generations('--json')).stdout) as { n: number; isCurrent: boolean }[];
    assert.deepEqual(
      listed.filter((one) => one.isCurrent).map((one) => one.n),
      [n],
    );
  });

  const refused: [what: string, content: string, sentence: RegExp][] = [
    ['of a stranger', 'a stranger’s', /signed with a key that is not trusted here/],
    [
      'too large, before all of it was sent',
      'x'.repeat(20_000_000),
      /larger than the limit of 1000000 bytes/,
    ],
  ];
  for (const [what, content, sentence] of refused)
    it(`says why an import is refused: ${what}`, async () => {
      const path = join(folder, 'refused.portico');
      await writeFile(path, content);
      const { code, stdout, stderr } = await generations('import', path);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, sentence);
    });

  it('prints the key, trusts another, lists it and trusts it no longer', async () => {
    const mine = await generations('key');
    assert.match(mine.stdout, /^ed25519:[\w-]{43}\s*$/);
    assert.match(mine.stderr, /SHA256:/);
    assert.equal((await generations('trust', 'staging', `ed25519:${'B'.repeat(43)}`)).code, 0);
    assert.match((await generations('trusted')).stdout, /^staging +SHA256:\S+ /m);
    assert.equal((await generations('distrust', 'staging')).code, 0);
    assert.match((await generations('trusted')).stdout, /No other cluster’s/);
    assert.match((await generations('trust', 'x', 'y')).stderr, /publicKey/);
  });

  it('pins and unpins', async () => {
    assert.match((await generations('pin', String(n))).stdout, /stays/);
    assert.match((await generations()).stdout, /pinned/);
    await generations('unpin', String(n));
    assert.doesNotMatch((await generations()).stdout, /pinned/);
  });
});

it('what stands around a streamed file is what stands around one that is held', () => {
  const bytes = Buffer.from('the bytes');
  const { type, length, before, after } = fileForm('a.portico', bytes.length);
  const whole = Buffer.concat([before, bytes, after]);
  assert.equal(whole.length, length);
  const boundary = (text: string) => text.split('boundary=')[1]!;
  const held = multipart({}, { name: 'a.portico', bytes });
  assert.equal(
    whole.toString().replaceAll(boundary(type), 'B'),
    held.body.toString().replaceAll(boundary(held.type), 'B'),
  );
});

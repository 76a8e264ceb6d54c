/** A shared volume that is full, really: a cluster of its own, whose volume is small. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testEnvironment } from '../cli/test/environment.ts';
import { temporaryProject } from '../cli/test/project.ts';
import type { Uploaded } from './client.ts';
import { Cluster } from './cluster.ts';
import { multipart } from './http.ts';
import { TestCluster } from './test-cluster.ts';
import { until } from './until.ts';

const OVERRIDE = fileURLToPath(new URL('full-volume.compose.yaml', import.meta.url));
const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
const MIB = 1024 * 1024;
/** Of the volume's 320 MiB, 64 are above the floor. */
const BALLAST = 70;

let cluster: Cluster | undefined;
let client: TestCluster;
let early: { made: Uploaded; bytes: Buffer };

before(async () => {
  cluster = await Cluster.create({
    project: temporaryProject('full'),
    env: {
      ...(await testEnvironment()),
      COMPOSE_FILE: [path.join(HOUSE, 'compose.yaml'), OVERRIDE].join(path.delimiter),
      PORTICO_VOLUME_FLOOR: '256MiB',
      // The volume's pages are counted as memory of whoever writes them.
      PORTICO_PORTAL_MEMORY: '1g',
    },
  });
  await cluster.waitWhole(300_000);
  client = await TestCluster.of(cluster);
  const bytes = randomBytes(MIB);
  early = { bytes, made: await client.upload({ name: 'full-early.bin', bytes }) };
});
after(() => cluster?.destroy());

test('on a full volume uploads get 507 and everything else goes on; with space made they go on, too', async (t) => {
  await client.scenario(t, async () => {
    await client.cluster.exec('portal-1', [
      'dd',
      'if=/dev/zero',
      'of=/data/ballast',
      'bs=1M',
      `count=${BALLAST}`,
    ]);
    await until('uploads are refused', 5_000, async () => {
      const answer = await upload(randomBytes(1_000));
      if (answer.status !== 507) return `${answer.status}`;
      assert.match(String(answer.headers['content-type']), /application\/problem\+json/);
      return true;
    });

    const back = await client.ask(early.made.url);
    assert.ok(back.body.equals(early.bytes), 'what was there is still served');
    assert.equal((await client.ask('/')).status, 200);
    assert.equal((await client.ask('/-/ready')).status, 200, 'the gates stay open');
    const headers = { authorization: `Bearer ${await client.token()}` };
    assert.equal((await client.ask('/api/v1/media', { headers })).status, 200);
    const token = await client.cluster.exec('portal-1', [
      'node',
      'services/portal/admin.ts',
      'token',
      'create',
      '--role',
      'reader',
      '--name',
      `full-${Date.now()}`,
    ]);
    assert.match(token, /portico_/, 'the database still takes writes');

    await client.cluster.exec('portal-1', ['rm', '/data/ballast']);
    await until('uploads are taken again', 5_000, async () => {
      const answer = await upload(randomBytes(1_000));
      return answer.status === 201 || `${answer.status}`;
    });
  });
});

test('a file for which there is no room any more once it arrives gets 507, and no part of it stays', async (t) => {
  await client.scenario(t, async () => {
    const before = await temporaryFiles();
    const answer = await upload(Buffer.alloc(330 * MIB, randomBytes(4_096)));
    assert.equal(answer.status, 507, answer.text().slice(0, 300));
    assert.deepEqual(await temporaryFiles(), before);
    const headers = { authorization: `Bearer ${await client.token()}` };
    const listed = await client.ask('/api/v1/media?search=full-late', { headers });
    assert.ok(listed.json<{ items: { size: number }[] }>().items.every((item) => item.size < MIB));
    assert.ok((await client.ask(early.made.url)).body.equals(early.bytes));
  });
});

async function upload(bytes: Buffer) {
  const form = multipart({ name: 'full-late.bin', bytes });
  const headers = { authorization: `Bearer ${await client.token()}`, ...form.headers };
  return client.ask('/api/v1/media', { method: 'POST', headers, body: form.body, deadlineMs: 60_000 });
}

async function temporaryFiles(): Promise<string[]> {
  const found = await client.cluster.exec('portal-1', ['find', '/data/tmp', '/data/uploads', '-type', 'f']);
  return found.split('\n').filter(Boolean);
}

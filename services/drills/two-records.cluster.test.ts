import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { allSynced, TestNodes } from '../platform/database/test-nodes.ts';
import type { Database, SqlValue } from '../platform/database/types.ts';
import type { ClusterClient, Uploaded } from './client.ts';
import { cleanUp } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

const PREFIX = 'records-';
/** A run begins within seconds of its request; a busy machine, or a run of the schedule before it, takes its time. */
const RUN_MS = 120_000;
/** Portals look at what the agents found every ten seconds. */
const SEEN_MS = 60_000;

interface Run {
  slot: string;
  state: string;
  result: string;
}

let client: TestCluster;
let database: Database & { close(): Promise<void> };
before(async () => {
  client = await testCluster();
  const router = (await TestNodes.get()).router();
  await allSynced(router);
  database = router;
});
after(async () => {
  await cleanUp(client, PREFIX);
  await database.close();
});

const upload = (bytes = randomBytes(5_000)) =>
  client.upload({ name: `${PREFIX}${randomBytes(4).toString('hex')}.bin`, bytes });
const inVolume = (command: string) => client.cluster.exec('portal-1', ['sh', '-c', command]);
const blobOf = ({ sha256 }: Uploaded) => `/data/blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;

/** By an administrator's "run now", to its end. */
async function runNow(job: string): Promise<Run> {
  const headers = { authorization: `Bearer ${await client.token('admin')}` };
  const asked = await client.ask(`/api/v1/jobs/${job}/runs`, { method: 'POST', headers });
  assert.equal(asked.status, 202, asked.text());
  const { requestedAt } = asked.json<{ requestedAt: string }>();
  let run: Run | undefined;
  await until(`${job} has run`, RUN_MS, async () => {
    const answer = await client.ask(`/api/v1/jobs/${job}/runs`, { headers });
    run = answer.json<{ items: Run[] }>().items.find(({ slot }) => slot === requestedAt);
    return run?.state === 'done' || run?.state === 'failed' || `it is ${run?.state ?? 'not begun'}`;
  });
  return run!;
}

const portals = async () => (await client.cluster.portals()).map(({ index }) => `portal-${index}`);

async function alarm(pattern: RegExp): Promise<void> {
  for (const portal of await portals())
    await until(`${portal} raises the alarm`, SEEN_MS, async () => {
      const { media } = (await client.askPortal(portal, '/-/ready')).json<{ media: { reason: string } }>();
      return pattern.test(media.reason) || `it says: ${media.reason}`;
    });
}

async function calm(): Promise<void> {
  for (const portal of await portals())
    await until(`${portal} is calm`, SEEN_MS, async () => {
      const { media } = (await client.askPortal(portal, '/-/ready')).json<{
        media: { ok: boolean; reason: string };
      }>();
      return media.ok || media.reason;
    });
}

async function listed(portal: string, { name }: Uploaded): Promise<string[]> {
  const headers = { authorization: `Bearer ${await client.token()}` };
  const answer = await client.askPortal(portal, `/api/v1/media?search=${name}`, { headers });
  return answer.json<{ items: Uploaded[] }>().items.map(({ id }) => id);
}

async function assertLost(through: ClusterClient, item: Uploaded): Promise<void> {
  const page = await through.ask(item.url, { headers: { accept: 'text/html' } });
  assert.equal(page.status, 500);
  assert.match(page.text(), /missing or damaged/);
  assert.equal(page.headers['retry-after'], undefined, 'trying again does not help');
  const program = await through.ask(item.url, { headers: { accept: 'application/json' } });
  assert.equal(program.json<{ code: string }>().code, 'blob-lost');
}

async function assertServed(item: Uploaded, bytes: Buffer): Promise<void> {
  const answer = await client.ask(item.url);
  assert.equal(answer.status, 200);
  assert.ok(answer.body.equals(bytes), 'the bytes are those that were sent');
}

test('rows that were dropped come back under their own ids, and a row that was deleted does not', async (t) => {
  await client.scenario(t, async () => {
    const [one, two, gone] = [await upload(), await upload(), await upload()];
    const [row] = await database.read((reader) =>
      reader.query<Record<string, SqlValue>>('SELECT * FROM media WHERE id = ?', [gone.id]),
    );
    await client.remove(gone.id);
    await database.write(async (tx) => {
      await tx.execute('DELETE FROM media WHERE id IN (?, ?)', [one.id, two.id]);
      const columns = Object.keys(row!);
      await tx.execute(
        `INSERT INTO media (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        Object.values(row!),
      );
    });
    await inVolume(`touch -d '20 minutes ago' /data/media/${one.id}.json /data/media/${two.id}.json`);
    await runNow('reconcile');
    for (const portal of await portals()) {
      for (const item of [one, two]) assert.deepEqual(await listed(portal, item), [item.id]);
      assert.deepEqual(await listed(portal, gone), []);
    }
    assert.equal((await client.ask(gone.url)).status, 404);
  });
});

test('a blob that rots is put away, said on every portal, never served, and healed by the same bytes', async (t) => {
  await client.scenario(t, async () => {
    const bytes = randomBytes(5_000);
    const item = await upload(bytes);
    await assertServed(item, bytes);
    await inVolume(`printf 'rotten' | dd of=${blobOf(item)} conv=notrunc status=none`);
    // Others may have left gigabytes: the run begins right before this blob. One of the schedule may move the cursor on.
    let run: Run | undefined;
    await until('the rotten blob is found', RUN_MS, async () => {
      await database.write((tx) =>
        tx.execute(
          `INSERT INTO cluster_settings (name, value) VALUES ('verify-blobs.cursor', ?)
           ON DUPLICATE KEY UPDATE value = VALUES(value)`,
          [item.sha256.slice(0, -1)],
        ),
      );
      run = await runNow('verify-blobs');
      const kept = await inVolume('ls /data/quarantine');
      return kept.includes(item.sha256) || run.result;
    });
    await assertLost(client, item);
    await alarm(/missing or damaged/);
    const headers = { authorization: `Bearer ${await client.token('admin')}` };
    const { items } = (await client.ask('/api/v1/jobs', { headers })).json<{ items: { name: string }[] }>();
    assert.ok(items.some(({ name }) => name === 'verify-blobs'));

    const twin = await upload(bytes);
    await assertServed(item, bytes);
    await assertServed(twin, bytes);
    assert.equal((await runNow('reconcile')).state, 'done');
    await calm();
    await inVolume(`rm /data/quarantine/${item.sha256}-*`);
  });
});

test('a blob that is gone is said, never a reason to try again, and healed by the same bytes', async (t) => {
  await client.scenario(t, async () => {
    const bytes = randomBytes(5_000);
    const item = await upload(bytes);
    await inVolume(`rm ${blobOf(item)}`);
    const run = await runNow('reconcile');
    assert.equal(run.state, 'failed');
    assert.match(run.result, new RegExp(`${item.id}: its blob is missing`));
    await assertLost(client, item);
    await alarm(/missing or damaged/);
    await upload(bytes);
    await assertServed(item, bytes);
    assert.equal((await runNow('reconcile')).state, 'done');
    await calm();
  });
});

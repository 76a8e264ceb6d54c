/** Two records of every upload: either is lost, or the bytes are, and it is said and healed. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { cleanUp } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

const PATIENCE_MS = 120_000;

let client: TestCluster;
let admin: Record<string, string>;
before(async () => {
  client = await testCluster();
  admin = { authorization: `Bearer ${await client.token('admin')}` };
});
after(() => cleanUp(client, 'records-'));

interface Run {
  slot: string;
  state: string;
  result: string;
}

/** Runs a job now, and waits for its end. */
async function run(job: string): Promise<Run> {
  const asked = await client.ask(`/api/v1/jobs/${job}/runs`, { method: 'POST', headers: admin });
  assert.equal(asked.status, 202, asked.text());
  const slot = asked.json<{ requestedAt: string }>().requestedAt;
  let found: Run | undefined;
  await until(`${job} has run`, PATIENCE_MS, async () => {
    const answer = await client.ask(`/api/v1/jobs/${job}/runs?limit=20`, { headers: admin });
    found = answer.json<{ items: Run[] }>().items.find((one) => one.slot === slot && one.state !== 'running');
    return found !== undefined || `not yet: ${answer.text().slice(0, 300)}`;
  });
  return found!;
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const blob = (sha256: string) => `/data/blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
const inPortal = (script: string) => client.cluster.exec('portal-1', ['bash', '-c', script]);

async function alarms(): Promise<string> {
  const answer = await client.ask('/api/v1/status', { headers: admin });
  return answer.json<{ alarms: string[] }>().alarms.join(' ');
}

/** A slice may end before the blob that matters: again, until it was looked at. */
async function verifyUntil(what: string, done: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await run('verify-blobs');
    if (await done()) return;
  }
  assert.fail(`after ten runs it is not so that ${what}`);
}

test('bytes that changed on disk are put into quarantine, said, not served, and healed by the same bytes', async (t) => {
  await client.scenario(t, async () => {
    const bytes = randomBytes(200_000);
    const made = await client.upload({ name: 'records-rotten.bin', bytes });
    await inPortal(`printf XX | dd of=${blob(made.sha256)} bs=1 seek=1000 conv=notrunc status=none`);
    await verifyUntil('it is in quarantine', async () =>
      (await inPortal('ls /data/quarantine')).includes(made.sha256),
    );
    const answer = await client.ask(made.url);
    assert.equal(answer.status, 500);
    assert.match(answer.text(), /damaged/);
    await until(
      'the status says it',
      PATIENCE_MS,
      async () => /bytes of 1 file are missing or damaged/.test(await alarms()) || (await alarms()),
    );
    const page = await client.ask(`/api/v1/media/${made.id}`, { headers: admin });
    assert.equal(page.status, 200, 'what is known of it is still known');

    await client.upload({ name: 'records-again.bin', bytes });
    assert.equal(sha((await client.ask(made.url)).body), made.sha256);
    await until(
      'the alarm is over',
      PATIENCE_MS,
      async () => !/missing or damaged/.test(await alarms()) || (await alarms()),
    );
  });
});

test('bytes that vanished are said, and healed by the same bytes', async (t) => {
  await client.scenario(t, async () => {
    const bytes = randomBytes(100_000);
    const made = await client.upload({ name: 'records-missing.bin', bytes });
    await inPortal(`rm ${blob(made.sha256)}`);
    const found = await run('reconcile');
    assert.equal(found.state, 'failed');
    assert.match(found.result, /1 file is not whole/);
    assert.match(found.result, /its blob is missing/);
    assert.equal((await client.ask(made.url)).status, 500);

    await client.upload({ name: 'records-missing-again.bin', bytes });
    assert.equal(sha((await client.ask(made.url)).body), made.sha256);
    assert.equal((await run('reconcile')).state, 'done');
  });
});

test('rows that are gone are made again, under their own ids; what was deleted stays deleted', async (t) => {
  await client.scenario(t, async () => {
    const kept = await Promise.all(
      [1, 2, 3].map((n) => client.upload({ name: `records-row-${n}.bin`, bytes: randomBytes(5_000) })),
    );
    const deleted = await client.upload({ name: 'records-deleted.bin', bytes: randomBytes(5_000) });
    const rowOfDeleted = await client.sql<{ id: string }>('SELECT * FROM media WHERE id = ?', [deleted.id]);
    await client.remove(deleted.id);

    // As an older database that was put back has it: rows of the last uploads are missing, one of a deletion is there.
    await client.sql(
      `DELETE FROM media WHERE id IN (?, ?, ?)`,
      kept.map(({ id }) => id),
    );
    const row = rowOfDeleted[0] as Record<string, string | number | Date>;
    const names = Object.keys(row);
    await client.sql(
      `INSERT INTO media (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      Object.values(row),
    );
    // Ten minutes have passed: an upload may be under way between its record and its row for so long.
    await inPortal(kept.map(({ id }) => `touch -d '-11 minutes' /data/media/${id}.json`).join(' && '));
    const done = await run('reconcile');
    assert.equal(done.state, 'done', done.result);

    for (const { id, url, sha256 } of kept) {
      const rows = await client.sql('SELECT id FROM media WHERE id = ?', [id]);
      assert.equal(rows.length, 1, `${id} has its row again`);
      assert.equal(sha((await client.ask(url)).body), sha256);
    }
    assert.deepEqual(await client.sql('SELECT id FROM media WHERE id = ?', [deleted.id]), []);
    assert.equal((await client.ask(deleted.url)).status, 404);
  });
});

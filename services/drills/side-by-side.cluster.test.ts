/** During a rollout, and after a rollback, the last release runs beside this one: on one schema, and on one volume. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { multipart } from './http.ts';
import { buildLastRelease, runLastRelease, runThisRelease } from './last-release.ts';
import { audit, cleanUp, cleanUpTokens, everyReader } from './ledger.ts';
import { plantSpecimens, startLoad } from './load.ts';
import { statistics } from './samples.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

const OLD = ['portal-2', 'agent-2'];
const LOAD_MS = 6_000;
const PATIENCE_MS = 60_000;

let client: TestCluster;
before(async () => {
  client = await testCluster();
  await buildLastRelease((await client.cluster.part('portal-1')).image);
});
after(async () => {
  await cleanUp(client, 'side-');
  await cleanUp(client, 'drill-');
  await cleanUpTokens(client, 'drill-');
});

interface Made {
  id: string;
  sha256: string;
}

/** At one portal, past the load balancer. */
async function send(portal: string, key: string, name: string, bytes: Buffer) {
  const form = multipart({ name, bytes }, {});
  const answer = await client.askPortal(portal, '/api/v1/media', {
    method: 'POST',
    headers: { authorization: `Bearer ${await client.token()}`, 'idempotency-key': key, ...form.headers },
    body: form.body,
  });
  assert.equal(answer.status, 201, `${portal}: ${answer.text()}`);
  return { made: answer.json<Made>(), replayed: answer.headers['idempotency-replayed'] };
}

/** A resumable upload, its first half at one portal and its second at another. */
async function passOn(from: string, to: string): Promise<Made & { name: string }> {
  const bytes = randomBytes(100_000);
  const name = `side-${from}-${to}-${randomUUID()}.bin`;
  const headers = { authorization: `Bearer ${await client.token()}`, 'tus-resumable': '1.0.0' };
  const begun = await client.askPortal(from, '/api/v1/uploads', {
    method: 'POST',
    headers: {
      ...headers,
      'upload-length': String(bytes.length),
      'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
    },
  });
  assert.equal(begun.status, 201, `${from}: ${begun.text()}`);
  const path = new URL(String(begun.headers.location), client.baseUrl).pathname;
  const half = bytes.length / 2;
  const patch = (portal: string, offset: number, body: Buffer) =>
    client.askPortal(portal, path, {
      method: 'PATCH',
      headers: {
        ...headers,
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      },
      body,
    });
  assert.equal((await patch(from, 0, bytes.subarray(0, half))).status, 204);
  const looked = await client.askPortal(to, path, { method: 'HEAD', headers });
  assert.equal(looked.headers['upload-offset'], String(half), `${to} knows what ${from} has taken`);
  const last = await patch(to, half, bytes.subarray(half));
  assert.equal(last.status, 204, `${to}: ${last.text()}`);
  const id = String(path.split('/').at(-1));
  return { id, name, sha256: String(last.headers['portico-sha256']) };
}

/** How each release's own code reads the records that lie on the volume. */
const READ_RECORDS = `
  import { readdir, readFile } from 'node:fs/promises';
  import { parseRecord } from '/app/services/platform/storage/records.ts';
  const told = { media: 0, tombstone: 0, unreadable: [] };
  for (const name of await readdir('/data/media')) {
    if (!name.endsWith('.json')) continue;
    const record = parseRecord(await readFile('/data/media/' + name, 'utf8').catch(() => '{"kind":"gone"}'));
    if (record) told[record.kind] += 1; else told.unreadable.push(name);
  }
  console.log(JSON.stringify(told));`;

async function recordsAsReadBy(portal: string) {
  const said = await client.cluster.exec(portal, ['node', '--input-type=module', '--eval', READ_RECORDS]);
  return JSON.parse(said) as { media: number; tombstone: number; unreadable: string[] };
}

test('the last release and this one share a schema, a volume and the load, and lose nothing of each other', async (t) => {
  await client.scenario(t, async () => {
    const { cluster } = client;
    try {
      await runLastRelease(cluster, OLD);
      await cluster.waitWhole();
      const images = await Promise.all(
        ['portal-1', ...OLD].map(async (name) => (await cluster.part(name)).image),
      );
      assert.deepEqual(
        images.map((image) => image.endsWith(':last-release')),
        [false, true, true],
      );

      const load = await startLoad(client, await plantSpecimens(client));
      await pause(LOAD_MS); // a measured while, not a wait for something
      await load.stop();
      const { failed, cutOff, secondTries, unsettled, shares, count, reasons } = statistics(load.samples);
      t.diagnostic(`${count} requests, ${JSON.stringify(shares)}`);
      assert.deepEqual([failed, cutOff, secondTries, unsettled], [0, 0, 0, 0], JSON.stringify(reasons));
      assert.deepEqual(Object.keys(shares).sort(), ['portal-1', 'portal-2']);
      const { lost, acknowledged } = await audit(
        { uploads: load.ledger, tokens: load.tokens },
        await everyReader(client),
        await client.token('admin'),
      );
      assert.deepEqual(lost, []);
      assert.ok(acknowledged > 10, `only ${acknowledged} writes were acknowledged`);

      for (const [one, other] of [
        ['portal-1', 'portal-2'],
        ['portal-2', 'portal-1'],
      ] as const) {
        // A write whose answer was lost is asked again, and lands at the other release.
        const [key, name, bytes] = [randomUUID(), `side-${one}-${randomUUID()}.bin`, randomBytes(5_000)];
        const first = await send(one, key, name, bytes);
        const again = await send(other, key, name, bytes);
        assert.deepEqual([again.made.id, again.replayed], [first.made.id, 'true'], `${one}, then ${other}`);

        const passed = await passOn(one, other);
        const headers = { authorization: `Bearer ${await client.token()}` };
        for (const portal of [one, other]) {
          const item = await client.askPortal(portal, `/api/v1/media/${passed.id}`, { headers });
          assert.deepEqual([item.status, item.json<Made>().sha256], [200, passed.sha256], portal);
        }
        const removed = await client.askPortal(other, `/api/v1/media/${first.made.id}`, {
          method: 'DELETE',
          headers,
        });
        assert.equal(removed.status, 204);
        const gone = await client.askPortal(one, `/api/v1/media/${first.made.id}`, { headers });
        assert.equal(gone.status, 404, `${one} knows that ${other} deleted it`);
      }

      const [ours, theirs] = [await recordsAsReadBy('portal-1'), await recordsAsReadBy('portal-2')];
      assert.deepEqual(ours.unreadable, []);
      assert.deepEqual(theirs, ours);
      assert.ok(ours.media > 10 && ours.tombstone >= 2, JSON.stringify(ours));

      // The last release's agent checks and heals what both have made.
      await cluster.stop('agent-1');
      await reconcileBy('agent-2');
    } finally {
      await runThisRelease(cluster, OLD);
    }
  });
});

async function reconcileBy(agent: string): Promise<void> {
  const authorization = `Bearer ${await client.token('admin')}`;
  const path = '/api/v1/jobs/reconcile/runs';
  let requestedAt = '';
  await until('the job is asked for', PATIENCE_MS, async () => {
    const answer = await client.ask(path, {
      method: 'POST',
      headers: { authorization, 'idempotency-key': randomUUID() },
    });
    ({ requestedAt } = answer.json<{ requestedAt: string }>());
    return answer.status === 202 || `${answer.status} ${answer.text()}`;
  });
  await until(`${agent} has reconciled`, PATIENCE_MS, async () => {
    const { items } = (await client.ask(path, { headers: { authorization } })).json<{
      items: { slot: string; agent: string; state: string; result: string }[];
    }>();
    const run = items.find(({ slot }) => slot === requestedAt);
    if (run?.state === 'failed') throw new Error(run.result);
    return (run?.state === 'done' && run.agent === agent) || JSON.stringify(run ?? 'not begun');
  });
}

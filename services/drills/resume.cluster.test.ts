/** Forty uploads of 50 MB by tus-js-client, while the portals that take them in are killed, frozen and stopped. */
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import { faultOf, type PartAction } from './faults.ts';
import { cleanUp, listAll } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { countedWire, type TusUpload, tusUpload, type Wire } from './tus-client.ts';
import { until } from './until.ts';

const SIZE = 50_000_000;
/** At once, and how often: a fault strikes in each round. */
const AT_ONCE = 5;
const ACTIONS: PartAction[] = [
  'killed',
  'paused',
  'stopped',
  'killed',
  'paused',
  'stopped',
  'killed',
  'paused',
];
/** Beyond the files' own size, for headers, TLS, and what was on its way to a portal that is no more. */
const MOST_SENT = 1.1;
const READY_MS = 120_000;

let client: TestCluster;
before(async () => {
  client = await testCluster();
});
after(() => cleanUp(client, 'resume-'));

test('40 uploads of 50 MB finish while their portals are killed, frozen and stopped, and hardly a byte is sent twice', async (t) => {
  await client.scenario(t, async () => {
    // Random once, and then told apart by its first bytes: no two files share a blob.
    const body = randomBytes(SIZE);
    const wire = await countedWire(client);
    const token = await client.token();
    const began = performance.now();
    const failures: string[] = [];
    const kept: TusUpload[] = [];

    for (const [round, action] of ACTIONS.entries()) {
      // Otherwise the load balancer would give every upload to the portal that was not struck last.
      await client.cluster.waitWhole(READY_MS);
      const fault = faultOf(`portal-${randomInt(1, 3)}`, action);
      const strikeAt = wire.sent() + randomInt(0.05 * AT_ONCE * SIZE, 0.8 * AT_ONCE * SIZE);
      const [roundBegan, sentBefore] = [performance.now(), wire.sent()];
      const uploads = Promise.all(
        Array.from({ length: AT_ONCE }, async (_, index) => {
          const name = `resume-${round}-${index}.bin`;
          const file = Buffer.from(body);
          file.write(name);
          const { upload, done } = tusUpload(client, file, {
            token,
            agent: wire.agent,
            metadata: { filename: name },
          });
          upload.start();
          const one = await done;
          const sha256 = createHash('sha256').update(file).digest('hex');
          if (one.sha256 !== sha256)
            failures.push(`${name}: the receipt says ${one.sha256}, sent was ${sha256}`);
          if (one.created !== 1) failures.push(`${name}: the client began ${one.created} uploads`);
          const reason = await readBack(`/media/${one.id}/${name}`, sha256);
          if (reason) failures.push(`${name}: ${reason}`);
          kept.push(one);
        }),
      );
      await Promise.all([uploads, strike(fault.inject.bind(fault, client.cluster), wire, strikeAt)]);
      await fault.heal(client.cluster);
      const ms = Math.round(performance.now() - roundBegan);
      const ratio = (wire.sent() - sentBefore) / (AT_ONCE * SIZE);
      t.diagnostic(
        `${fault.name} at byte ${strikeAt - sentBefore} of the round: ${ms} ms, sent ${ratio.toFixed(3)} × the files' size`,
      );
    }

    const total = ACTIONS.length * AT_ONCE;
    const ratio = wire.sent() / (total * SIZE);
    wire.agent.destroy();
    const requests = kept.reduce((sum, { requests: { PATCH = 0 } }) => sum + PATCH, 0);
    t.diagnostic(
      `${kept.length} of ${total} uploads in ${Math.round((performance.now() - began) / 1000)} s, ${requests} PATCHes, ` +
        `sent ${ratio.toFixed(3)} × the files' size`,
    );
    assert.deepEqual(failures, []);
    assert.equal(kept.length, total);
    assert.ok(requests > total, 'no fault has met an upload');
    assert.ok(ratio <= MOST_SENT, `${ratio} × the files' size was sent`);
    const names = (await listAll(client, 'resume-')).map(({ name }) => name);
    assert.equal(new Set(names).size, total);
    assert.equal(names.length, total, 'an upload has become two files');
  });
});

async function strike(inject: () => Promise<void>, wire: Wire, at: number): Promise<void> {
  await until(`byte ${at} is sent`, READY_MS, async () => wire.sent() >= at || `${wire.sent()} are`, 10);
  await inject();
}

/** @returns what is wrong */
async function readBack(path: string, sha256: string): Promise<string | undefined> {
  const answer = await client.ask(path, { deadlineMs: READY_MS });
  const found = createHash('sha256').update(answer.body).digest('hex');
  if (answer.status === 200 && found === sha256) return undefined;
  return `read back with ${answer.status}, ${answer.body.length} bytes, ${found}`;
}

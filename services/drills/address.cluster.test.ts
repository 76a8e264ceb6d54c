import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

let client: TestCluster;
before(async () => {
  client = await testCluster();
});

const FORGED = '203.0.113.66';
const VISITOR = '198.51.100.7';

test('the client’s address stands in both logs, and a forged X-Forwarded-For in neither', async (t) => {
  await client.scenario(t, async () => {
    const { lb, portal } = await logged(client, { 'x-forwarded-for': FORGED, 'x-portico-edge': 'guessed' });
    assert.notEqual(lb, FORGED);
    assert.match(lb, /^[\d.]+$/);
    assert.equal(portal, lb);
  });
});

test('a portal asked past the load balancer believes no forwarded address', async (t) => {
  await client.scenario(t, async () => {
    const answer = await client.askPortal('portal-1', '/sign-in', {
      headers: { 'x-forwarded-for': FORGED, 'x-portico-edge': 'guessed', 'x-request-id': 'f'.repeat(32) },
    });
    const id = String(answer.headers['x-request-id']);
    assert.notEqual(id, 'f'.repeat(32));
    const line = await lineOf(client, 'portal', id);
    assert.doesNotMatch(line, new RegExp(FORGED));
  });
});

test('the address that a trusted proxy passes on is the client’s, and what stands before it is not', async (t) => {
  const { lb: proxy } = await logged(client, {});
  await client.scenario(
    t,
    async () => {
      // The proxy appends what it saw to what the client claimed.
      const { lb, portal } = await logged(client, { 'x-forwarded-for': `${FORGED}, ${VISITOR}` });
      assert.deepEqual({ lb, portal }, { lb: VISITOR, portal: VISITOR });
    },
    { PORTICO_TRUSTED_PROXIES: proxy },
  );
});

/** Asks with those headers, and finds the client's address in the log of either. */
async function logged(cluster: TestCluster, headers: Record<string, string>) {
  const answer = await cluster.ask(`/sign-in?n=${Date.now()}`, { headers });
  assert.equal(answer.status, 200);
  const id = String(answer.headers['x-request-id']);
  const address = async (service: string) =>
    (JSON.parse(await lineOf(cluster, service, id)) as { client: string }).client;
  return { lb: await address('lb'), portal: await address('portal') };
}

/** The line of a service's log that bears the request's id. */
async function lineOf(cluster: TestCluster, service: string, id: string): Promise<string> {
  let found: string | undefined;
  await until(`the log of ${service} bears request ${id}`, 10_000, async () => {
    const logs = await cluster.cluster.compose.logs([service], ['--no-log-prefix', '--tail', '2000']);
    found = logs.stdout.split('\n').find((line) => line.includes(id));
    return found ? true : 'it does not';
  });
  // Compose puts the time before each line.
  return String(found).replace(/^[^{]*/, '');
}

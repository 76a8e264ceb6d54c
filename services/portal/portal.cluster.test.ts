import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { before, test } from 'node:test';
import { type TestCluster, testCluster } from '../drills/test-cluster.ts';
import { until } from '../drills/until.ts';
import type { ClusterStatus } from './operations/types.ts';

let client: TestCluster;
let edge: string;
before(async () => {
  client = await testCluster();
  edge = await client.cluster.secret('portal', 'edge-secret');
});

/** At one portal, as the load balancer would pass it on from this address. */
async function ask(
  portal: string,
  address: string,
  method: string,
  path: string,
  extra: { cookie?: string; csrf?: string; body?: unknown } = {},
) {
  const answer = await client.askPortal(portal, path, {
    method,
    headers: {
      'x-portico-edge': edge,
      'x-forwarded-for': address,
      'x-forwarded-proto': 'https',
      ...(extra.cookie ? { cookie: extra.cookie } : {}),
      ...(extra.csrf ? { 'x-csrf-token': extra.csrf } : {}),
      ...(extra.body ? { 'content-type': 'application/json' } : {}),
    },
    ...(extra.body ? { body: Buffer.from(JSON.stringify(extra.body)) } : {}),
  });
  return answer;
}

/** An address of nobody's, so that the attempts of this run count for no other test. */
const somebody = () => `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}::1`;

test('a session made on one portal is good on the other, and ends on both', async () => {
  const address = somebody();
  const body = { name: 'admin', password: await client.adminPassword() };
  const signedIn = await ask('portal-1', address, 'POST', '/api/v1/session', { body });
  assert.equal(signedIn.status, 201, signedIn.text());
  const cookie = signedIn.setCookie.map((line) => line.split(';')[0]).join('; ');
  const there = await ask('portal-2', address, 'GET', '/api/v1/session', { cookie });
  const { user, csrfToken } = there.json<{ user: { name: string }; csrfToken: string }>();
  assert.equal(user.name, 'admin');
  assert.equal(
    (await ask('portal-2', address, 'DELETE', '/api/v1/session', { cookie, csrf: csrfToken })).status,
    204,
  );
  for (const portal of ['portal-1', 'portal-2'])
    assert.equal((await ask(portal, address, 'GET', '/api/v1/media', { cookie })).status, 401, portal);
});

test('twenty wrong passwords, half on each portal: ten are looked at, and then it takes minutes', async () => {
  const address = somebody();
  const name = `nobody-${randomBytes(4).toString('hex')}`;
  const statuses: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    const answer = await ask(i % 2 ? 'portal-1' : 'portal-2', address, 'POST', '/api/v1/session', {
      body: { name, password: `wrong ${i}` },
    });
    statuses.push(answer.status);
    if (answer.status === 429) assert.ok(Number(answer.headers['retry-after']) > 600);
  }
  assert.deepEqual(statuses, [...Array(10).fill(401), ...Array(10).fill(429)]);
});

test('each portal sees every portal and every database node', async () => {
  const headers = { authorization: `Bearer ${await client.token('admin')}` };
  for (const portal of ['portal-1', 'portal-2'])
    await until(`${portal} sees them all`, 30_000, async () => {
      const status = (await client.askPortal(portal, '/api/v1/status', { headers })).json<ClusterStatus>();
      assert.equal(status.observer, portal);
      const serving = status.portals.filter(({ state }) => state === 'serving').map(({ name }) => name);
      const synced = status.database.nodes.filter(({ state }) => state === 'synced');
      const all = serving.includes('portal-1') && serving.includes('portal-2') && synced.length === 3;
      return all || JSON.stringify(status.alarms);
    });
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import type { ClusterStatus } from '../../portal/operations/types.ts';
import { readConfig } from '../config.ts';
import { judge } from './judge.ts';
import { observe } from './observe.ts';

const PARTS = ['portal-1', 'portal-2', 'agent-1', 'agent-2', 'db-1', 'db-2', 'db-3', 'lb'];
let client: TestCluster;
let stamps: Map<string, string>;
before(async () => {
  client = await testCluster();
  const stamp = async (part: string) => {
    const file = part === 'lb' ? '/etc/portico/VERSION' : '/app/VERSION';
    return [part, (await client.cluster.exec(part, ['cat', file])).trim()] as const;
  };
  stamps = new Map(await Promise.all(PARTS.map(stamp)));
});

test('each image bears a release and a digest; what is built from other files has another', () => {
  for (const [part, stamp] of stamps) assert.match(stamp, /^\d+\.\d+\.\d+\+[0-9a-f]{8}$/, part);
  assert.equal(
    new Set(stamps.values()).size,
    3,
    'one for portals and agents, one for databases, one for load balancers',
  );
});

test('`portico status` shows what each part runs', async () => {
  const { project, compose } = client.cluster;
  const port = new URL(client.baseUrl).port;
  const config = readConfig({ COMPOSE_PROJECT_NAME: project, PORTICO_HTTPS_PORT: port }, {});
  const { parts, mixed } = judge(await observe(compose, config));
  const shown = parts.filter(({ version }) => version !== '');
  assert.deepEqual(
    new Map(
      shown.map(({ container, version }) => [
        container.replace(`${project}-`, '').replace(/^(lb|db-.)-1$/, '$1'),
        version,
      ]),
    ),
    new Map(
      shown
        .map(({ container }) => container.replace(`${project}-`, '').replace(/^(lb|db-.)-1$/, '$1'))
        .map((part) => [part, stamps.get(part)]),
    ),
  );
  assert.equal(shown.length, PARTS.length);
  assert.deepEqual(mixed, []);
});

test('the status page’s portal knows it of every part', async () => {
  const headers = { authorization: `Bearer ${await client.token('admin')}` };
  const { portals, agents, balancers, database } = (
    await client.ask('/api/v1/status', { headers })
  ).json<ClusterStatus>();
  const told = [
    ...[...portals, ...agents]
      .filter(({ state }) => state !== 'gone')
      .map(({ name, readiness }) => [name, readiness?.version]),
    ...balancers.filter(({ state }) => state !== 'gone').map(({ name, version }) => [name, version]),
    ...database.nodes.map(({ name, version }) => [name, version]),
  ] as [string, string][];
  assert.deepEqual(new Map(told.sort()), new Map([...stamps].sort()));
});

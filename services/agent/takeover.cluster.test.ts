import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ulid } from 'ulid';
import { shortName } from '../drills/cluster.ts';
import { type TestCluster, testCluster } from '../drills/test-cluster.ts';
import { until } from '../drills/until.ts';
import { agentRole } from '../drills/whole.ts';
import { allSynced, TestNodes } from '../platform/database/test-nodes.ts';
import type { Database } from '../platform/database/types.ts';
import { askForRun, runsOf } from '../platform/jobs/repository.ts';

/** What is promised: the next job at most so much later than without the fault. */
const PROMISE_MS = 20_000;

let client: TestCluster;
before(async () => {
  client = await testCluster();
});

for (const fault of ['kill', 'pause'] as const) {
  test(`when the primary agent is gone (${fault}) the other takes over within 20 s, and does what was asked for`, async (t) => {
    await client.scenario(t, async () => {
      const { cluster } = client;
      const nodes = await TestNodes.get();
      const router = nodes.router();
      try {
        await allSynced(router);
        const { primary, others } = await roles();
        const other = others[0]!;
        await cluster[fault](primary);
        const asked = await router.write((tx) =>
          askForRun(tx, { id: ulid(), job: 'purge', requestedBy: `test-${fault}` }),
        );
        const address = await cluster.address(other, 'internal');
        const took = await until(`${other} is primary`, PROMISE_MS, async () => {
          const role = await agentRole(address);
          return role === 'primary' || role;
        });
        const done = await until('what was asked for is done', PROMISE_MS, () => isDone(router, asked.slot));
        t.diagnostic(`${fault}: primary after ${took} ms, the run that was asked for done ${done} ms later`);

        await (fault === 'pause' ? cluster.unpause(primary) : cluster.start(primary));
        await until('the one that was gone is secondary', 60_000, async () => {
          const role = await agentRole(await cluster.address(primary, 'internal'));
          return role === 'secondary' || role;
        });
        assert.equal((await roles()).primary, other);
      } finally {
        await router.close();
      }
    });
  });
}

test('a primary agent that is stopped gives the lease back: the other does not wait for it', async (t) => {
  await client.scenario(t, async () => {
    const { primary, others } = await roles();
    const address = await client.cluster.address(others[0]!, 'internal');
    const stopping = client.cluster.stop(primary);
    const took = await until(`${others[0]} is primary`, PROMISE_MS, async () => {
      const answer = await fetch(`http://${address}:8000/-/ready`, { signal: AbortSignal.timeout(2_000) });
      const { role, reason } = (await answer.json()) as { role: string; reason: string };
      if (role === 'primary') assert.equal(reason, 'nobody holds it');
      return role === 'primary' || role;
    });
    t.diagnostic(`primary ${took} ms after the stop began`);
    await stopping;
  });
});

async function roles(): Promise<{ primary: string; others: string[] }> {
  const agents = (await client.cluster.parts()).filter((one) => one.service === 'agent');
  const all = await Promise.all(
    agents.map(async (one) => ({
      name: shortName(one),
      role: await agentRole(one.addresses.internal ?? ''),
    })),
  );
  const primaries = all.filter(({ role }) => role === 'primary').map(({ name }) => name);
  assert.equal(primaries.length, 1, JSON.stringify(all));
  return {
    primary: primaries[0]!,
    others: all.map(({ name }) => name).filter((name) => name !== primaries[0]),
  };
}

async function isDone(database: Database, slot: string): Promise<true | string> {
  const runs = await database.read((reader) => runsOf(reader, 'purge', 20));
  const run = runs.find((one) => one.slot === slot);
  return run?.state === 'done' || `the run is ${run?.state ?? 'not begun'}`;
}

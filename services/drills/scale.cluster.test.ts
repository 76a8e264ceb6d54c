import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, readyByItself } from './cluster.ts';
import { cleanUp } from './ledger.ts';
import { plantSpecimens, startLoad } from './load.ts';
import { startedAfter, statistics, uneven } from './samples.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

let client: TestCluster;
before(async () => {
  client = await testCluster();
});
after(() => cleanUp(client, 'drill-'));

test('two more portals take their even share within 5 s, and leave again without a failed request', async (t) => {
  await client.scenario(t, async () => {
    const { cluster } = client;
    const usual = (await cluster.portals()).length;
    const load = await startLoad(client, await plantSpecimens(client));
    try {
      await cluster.scalePortals(4);
      const scaled = performance.now();
      // How long a process takes to start is the machine's affair; what is promised begins when a portal is ready.
      const started = await until(
        'four portals are ready by their own word',
        60_000,
        () => fourReady(cluster),
        50,
      );
      const answered = await until('four portals answer', 5_000, async () => {
        const nodes = Object.keys(statistics(startedAfter(load.samples, scaled)).shares);
        return nodes.length === 4 ? true : `only ${nodes.join(', ')} answered`;
      });
      t.diagnostic(`ready ${started} ms after the command returned; all four answer ${answered} ms later`);
      await cluster.waitWhole();

      const whole = performance.now();
      // A measured while, not a wait for something: shares need a number of requests to be even.
      await pause(3_000);
      const { shares } = statistics(startedAfter(load.samples, whole));
      t.diagnostic(`shares of four: ${JSON.stringify(shares)}`);
      assert.equal(uneven(shares, 4), undefined);

      await cluster.scalePortals(usual);
      await cluster.waitWhole();
    } finally {
      await load.stop();
      await cluster.scalePortals(usual);
    }
    const { failed, cutOff, secondTries, unsettled, reasons } = statistics(load.samples);
    assert.deepEqual(
      { failed, cutOff, secondTries, unsettled },
      { failed: 0, cutOff: 0, secondTries: 0, unsettled: 0 },
      JSON.stringify(reasons),
    );
  });
});

async function fourReady(cluster: Cluster): Promise<true | string> {
  const portals = await cluster.portals();
  for (const portal of portals) {
    const ready = await readyByItself(portal.addresses.dmz ?? '');
    if (ready !== true) return `${portal.name}: ${ready}`;
  }
  return portals.length === 4 ? true : `there are ${portals.length} portals`;
}

/** Half a minute of everything at once: nobody who is healthy is thrown out. The ten minutes: `npx portico drill soak`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanUp } from './ledger.ts';
import { runSoak } from './soak.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';

const SECONDS = 30;

let client: TestCluster;
before(async () => {
  client = await testCluster();
});
after(() => cleanUp(client, 'drill-'));

test('half a minute of everything at once on both cores, and nobody who is healthy is thrown out', async (t) => {
  await client.scenario(t, async () => {
    const report = await runSoak(client, { seconds: SECONDS });
    t.diagnostic(JSON.stringify({ ...report, busy: report.busy.toFixed(2) }));
    assert.deepEqual(report.failed, []);
    assert.ok(report.resumable > 0 && report.jobs > 0 && report.signIns > 0, 'the load was not all of it');
    assert.deepEqual(report.falseAlarms, []);
  });
});

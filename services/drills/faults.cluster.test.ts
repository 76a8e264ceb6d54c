import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DrillReport, runDrill } from './drill.ts';
import { FAULTS, slug } from './faults.ts';
import { cleanUp, cleanUpTokens } from './ledger.ts';
import { plantSpecimens } from './load.ts';
import { table } from './report.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import type { Specimen } from './visitor.ts';

/** What a busy machine adds to a wait. That nothing fails and nothing is lost holds without any. */
const SLACK_MS = 2_000;

/** The rest is for `npx portico drill all`: `npm test` is to end within 40 minutes. */
const CHOSEN = new Set([
  'portal-1-killed',
  'portal-1-paused',
  'portal-1-cut-off-from-the-database',
  'portal-1-finds-its-volume-read-only',
  'db-1-killed',
  'db-2-killed',
  'two-of-three-databases-killed',
]);

let client: TestCluster;
let specimens: Specimen[];
const reports: DrillReport[] = [];

before(async () => {
  client = await testCluster();
  specimens = await plantSpecimens(client);
});

after(async () => {
  if (reports.length > 0) console.log(`\n${table(reports)}\n`);
  await cleanUp(client, 'drill-');
  await cleanUpTokens(client, 'drill-');
});

for (const fault of FAULTS.filter((one) => CHOSEN.has(slug(one)))) {
  test(`under load, ${fault.name} and brought back: nobody fails, nothing acknowledged is lost, shares even out`, async (t) => {
    await client.scenario(t, async () => {
      const report = await runDrill(client, fault, specimens, {
        seconds: 4,
        holdSeconds: 6,
        slackMs: SLACK_MS,
      });
      reports.push(report);
      assert.deepEqual(report.misses, []);
    });
  });
}

/** A drill that cannot fail proves nothing: these two must. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run } from '../cli/docker.ts';
import { runDrill } from './drill.ts';
import { faultOf } from './faults.ts';
import { cleanUp, cleanUpTokens } from './ledger.ts';
import { plantSpecimens } from './load.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import type { Specimen } from './visitor.ts';

const TIMES = { seconds: 2, holdSeconds: 5 };

let client: TestCluster;
let specimens: Specimen[];
before(async () => {
  client = await testCluster();
  specimens = await plantSpecimens(client);
});
after(async () => {
  await cleanUp(client, 'drill-');
  await cleanUpTokens(client, 'drill-');
});

test('a drill whose promise nobody could keep is reported as failed', async (t) => {
  await client.scenario(t, async () => {
    const fault = faultOf('db-1', 'killed');
    const promise = () => ({ stallMs: { write: 1 }, failed: 0 });
    const report = await runDrill(client, { ...fault, promise }, specimens, TIMES);
    assert.match(report.misses.join('\n'), /^write: stalled \d+ ms, promised is 1 ms$/m);
    assert.equal(report.misses.length, 1, report.misses.join('\n'));
  });
});

test('without the retry of the router, the drill of the writer is reported as failed', async (t) => {
  await client.scenario(t, async () => {
    const { image } = await client.cluster.part('portal-1');
    const [name] = image.split(':');
    const file = 'services/platform/database/hold.ts';
    const lines = [
      `FROM ${image}`,
      'USER 0',
      `RUN grep -q 'last = { verdict, error };' ${file} && sed -i 's/last = { verdict, error };/throw error;/' ${file}`,
      'USER 10001:10001',
    ];
    await run(['build', '--tag', `${name}:without-retry`, '-'], {
      input: lines.join('\n'),
      deadlineMs: 120_000,
    });
    try {
      await client.cluster.reconfigure('portal', { PORTICO_VERSION: 'without-retry' });
      // Frozen, not killed: whoever asks in the two seconds until that is noticed depends on the retry.
      const report = await runDrill(client, faultOf('db-1', 'paused'), specimens, TIMES);
      t.diagnostic(report.misses.join('\n'));
      assert.match(report.misses.join('\n'), /failed during the fault/);
    } finally {
      await client.cluster.reconfigure('portal', {});
    }
  });
});

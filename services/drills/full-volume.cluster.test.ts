import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testEnvironment } from '../cli/test/environment.ts';
import { temporaryProject } from '../cli/test/project.ts';
import { Cluster } from './cluster.ts';
import { fullVolume, SMALL_VOLUME } from './full-volume.ts';
import { TestCluster } from './test-cluster.ts';

let cluster: Cluster | undefined;
let client: TestCluster;

before(async () => {
  cluster = await Cluster.create({
    project: temporaryProject('full'),
    env: { ...(await testEnvironment()), ...SMALL_VOLUME },
  });
  await cluster.waitWhole(300_000);
  client = await TestCluster.of(cluster);
});
after(() => cluster?.destroy());

test('on a full volume uploads get 507 and everything else goes on; with space made they go on, too', async (t) => {
  await client.scenario(t, async () => {
    const checks = await fullVolume(client);
    assert.deepEqual(
      checks.filter(({ kept }) => !kept),
      [],
    );
  });
});

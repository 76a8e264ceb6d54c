import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { benchReport, benchUpload, RISE_LIMIT } from './bench.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';

let client: TestCluster;
before(async () => {
  client = await testCluster();
});

test('an upload of 1 GiB raises the memory of the portal that takes it by less than 64 MiB', async (t) => {
  const result = await benchUpload(client, 1024);
  for (const line of benchReport(result).split('\n')) t.diagnostic(line);
  assert.ok(result.memory.rise < RISE_LIMIT, benchReport(result));
});

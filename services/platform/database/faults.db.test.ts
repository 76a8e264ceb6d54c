import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Router } from './router.ts';
import { allSynced, DATABASES, TestNodes, until } from './test-nodes.ts';
import { TestStream } from './test-stream.ts';

const outageMs = 5000;

describe('under a steady stream of writes and reads', () => {
  let nodes: TestNodes;
  let writer: Router;
  let reader: Router;

  before(async () => {
    nodes = await TestNodes.get();
    await nodes.run(TestStream.tables);
    writer = nodes.router();
    // Reads from another node than the one that is written to, as two portals that disagree would.
    reader = nodes.router({ nodes: [...DATABASES].reverse() });
    await Promise.all([allSynced(writer), allSynced(reader)]);
  });
  after(async () => {
    await nodes.mend(writer);
    await Promise.all([writer.close(), reader.close()]);
    await nodes.run(TestStream.dropTables);
  });

  const faults = [
    { name: 'killed', inject: 'kill', heal: 'start' },
    { name: 'frozen and thawed', inject: 'pause', heal: 'unpause' },
    { name: 'stopped', inject: 'stop', heal: 'start' },
  ] as const;
  // One router's first choice and the other's. That db-2 may go as well is the drill's business.
  for (const node of ['db-1', 'db-3'] as const) {
    for (const { name, inject, heal } of faults) {
      it(`${node} is ${name}: nothing fails, nothing is lost, doubled or stale`, async () => {
        await nodes.run(TestStream.tables);
        const stream = new TestStream(writer, reader);
        try {
          await until('the stream flows', 20_000, async () => stream.total > 100 || 'not yet');
          const before = stream.lap();
          await nodes.cluster[inject](node);
          const back = performance.now() + outageMs;
          await until(
            'the outage has lasted',
            2 * outageMs,
            async () => performance.now() > back || 'not yet',
          );
          const during = stream.lap();
          const counted = stream.total;
          await nodes.cluster[heal](node);
          const backMs = performance.now();
          await Promise.all([allSynced(writer), allSynced(reader)]);
          const backAfter = performance.now() - backMs;
          await until('the stream flows on', 20_000, async () => stream.total > counted + 50 || 'not yet');
          const returned = stream.lap();
          console.log(
            `  worst write/read in ms: before ${before.write}/${before.read}, during ${during.write}/${during.read}, ` +
              `return ${returned.write}/${returned.read}; used again after ${(backAfter / 1000).toFixed(1)} s; ${stream.total} writes`,
          );
          assert.equal(writer.writer(), 'db-1');
        } finally {
          await nodes.mend(writer);
          await stream.finish();
        }
      });
    }
  }
});

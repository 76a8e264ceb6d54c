/** A process of its own with a router and a stream, for tests that freeze it. Says every change of a node as one line. */
import { allSynced, TestNodes } from './test-nodes.ts';
import { TestStream } from './test-stream.ts';

const nodes = await TestNodes.get();
const router = nodes.router();
await allSynced(router);
router.onChange((reports) => console.log(JSON.stringify(reports.map(({ name, state }) => [name, state]))));
const stream = new TestStream(router, router);
process.once('SIGTERM', async () => {
  await stream.finish();
  console.log(`finished ${stream.total}`);
  await router.close();
});
console.log('streaming');

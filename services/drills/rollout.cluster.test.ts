/** New images for the portals, good and bad, while people use them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readConfig } from '../cli/config.ts';
import { run } from '../cli/docker.ts';
import { Engine } from '../cli/rollout/engine.ts';
import { changesTo, type ImageChange, PREVIOUS, tagged } from '../cli/rollout/images.ts';
import { type Outcome, rollOut } from '../cli/rollout/rollout.ts';
import { cleanUp, cleanUpTokens } from './ledger.ts';
import { plantSpecimens, startLoad } from './load.ts';
import { statistics } from './samples.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import type { Specimen } from './visitor.ts';

const BUILD_MS = 120_000;
/** Long enough for a portal on a busy machine, and shorter than what an operator would wait. */
const READY_MS = 20_000;

let client: TestCluster;
let specimens: Specimen[];
let image: string;
let engine: Engine;
/** What the portals run; what their image's name stands for may be a newer build of the same sources. */
let first: string;
before(async () => {
  client = await testCluster();
  specimens = await plantSpecimens(client);
  image = (await client.cluster.part('portal-1')).image;
  engine = await Engine.connect();
  [first = ''] = await running();
});
after(async () => {
  await run(['tag', first, image]);
  await cleanUp(client, 'drill-');
  await cleanUpTokens(client, 'drill-');
});

async function derive(tag: string, ...lines: string[]): Promise<ImageChange[]> {
  const file = [`FROM ${image}`, 'USER 0', ...lines, 'USER 10001:10001'].join('\n');
  await run(['build', '--tag', tagged(image, tag), '-'], { input: file, deadlineMs: BUILD_MS });
  return changesTo([image], tag);
}

/** Under load. @returns what came of it, and what the load felt */
async function underLoad(
  changes: ImageChange[],
): Promise<{ outcome: Outcome; told: string; failed: number; apart: number }> {
  const load = await startLoad(client, specimens);
  const { compose } = client.cluster;
  const config = readConfig(process.env, {});
  let outcome: Outcome;
  try {
    outcome = await rollOut({ compose, config, engine, readyMs: READY_MS }, changes, {
      only: ['portal'],
      migrate: false,
    });
  } finally {
    await load.stop();
  }
  const { failed, cutOff, secondTries, unsettled, count, reasons } = statistics(load.samples);
  const apart = cutOff + secondTries + unsettled;
  return {
    outcome,
    failed,
    apart,
    told: `${count} requests, ${failed} failed, ${apart} apart ${JSON.stringify(reasons)}`,
  };
}

async function running(): Promise<string[]> {
  const portals = await client.cluster.portals();
  return Promise.all(portals.map(async ({ id }) => (await engine.container(id)).Image));
}

test('a new portal image is rolled out and back under load, and nobody notices', async (t) => {
  await client.scenario(t, async () => {
    const changes = await derive('good', 'RUN echo good >/release');
    const out = await underLoad(changes);
    t.diagnostic(`out: ${out.told}`);
    assert.deepEqual(out.outcome, { replaced: ['portal-1', 'portal-2'], undone: undefined, stuck: [] });
    assert.deepEqual(await running(), [changes[0]?.to, changes[0]?.to]);
    assert.deepEqual([out.failed, out.apart], [0, 0], out.told);

    const back = await underLoad(await changesTo([image], PREVIOUS));
    t.diagnostic(`back: ${back.told}`);
    assert.deepEqual(await running(), [first, first]);
    assert.deepEqual([back.failed, back.apart], [0, 0], back.told);
  });
});

const PORTAL = 'services/portal';
const BAD: [what: string, tag: string, line: string, sentence: RegExp][] = [
  [
    'the engine cannot even start',
    'nothing',
    'RUN rm -r /data && touch /data',
    /The engine refused POST \S+start: [\s\S]*\/data/,
  ],
  [
    'crashes at its start',
    'crashes',
    `RUN echo 'throw new Error("broken on purpose");' >${PORTAL}/main.ts`,
    /portal-1 does not start[\s\S]*broken on purpose/,
  ],
  [
    'starts and never becomes ready',
    'never-ready',
    `RUN sed -i "s/const reading = \\[/const reading = ['never ready', /" ${PORTAL}/gate.ts && grep -q "never ready" ${PORTAL}/gate.ts`,
    /portal-1 is not ready after 20 s: never ready/,
  ],
  [
    'becomes ready and answers everything with 500',
    'fails',
    `RUN sed -i "s#app.use(assets.routes);#app.use((_request, response) => void response.status(500).end());#" ${PORTAL}/app.ts && grep -q "status(500).end" ${PORTAL}/app.ts`,
    /portal-1 answers \S+ with 500/,
  ],
];
for (const [what, tag, line, sentence] of BAD)
  test(`a portal image that ${what} is stopped, and everything goes back by itself, without a failed request`, async (t) => {
    await client.scenario(t, async () => {
      const { outcome, failed, told } = await underLoad(await derive(tag, line));
      t.diagnostic(told);
      assert.match(outcome.undone ?? '', sentence);
      assert.deepEqual(outcome.stuck, []);
      assert.deepEqual(await running(), [first, first]);
      assert.equal(failed, 0, told);
    });
  });

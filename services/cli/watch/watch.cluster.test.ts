import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { before, test } from 'node:test';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';
import { ROOT } from '../config.ts';
import { execute } from '../process.ts';

const PORTICO = join(ROOT, 'services/cli/portico.mjs');
const PATIENCE_MS = 60_000;

interface Second {
  type: 'second';
  state: string;
  parts: { name: string; tone: string; state: string; role: string; reason: string }[];
  traffic?: { perSecond: number; requests: number; seconds?: unknown };
}
interface Event {
  type: 'event';
  at: string;
  name: string;
  text: string;
}

let cluster: TestCluster;
let env: Record<string, string>;
before(async () => {
  cluster = await testCluster();
  env = {
    COMPOSE_PROJECT_NAME: cluster.cluster.project,
    PORTICO_HTTPS_PORT: new URL(cluster.baseUrl).port,
  };
});

test('one look is a line for programs, and a picture for people', async (t) => {
  await cluster.scenario(t, async () => {
    await cluster.ask('/');
    // A second is told when it is over.
    await until('the request is counted', PATIENCE_MS, async () => {
      const { code, stdout } = await execute(process.execPath, [PORTICO, 'watch', '--once', '--json'], {
        env,
      });
      const seen = JSON.parse(stdout) as Second;
      assert.deepEqual([code, seen.state], [0, 'whole'], stdout);
      assert.deepEqual(
        seen.parts.filter(({ tone }) => tone !== 'good'),
        [],
      );
      const roles = seen.parts.map(({ role }) => role);
      assert.equal(roles.filter((role) => role === 'writer').length, 1, 'one node takes the writes');
      assert.equal(roles.filter((role) => role === 'primary').length, 1, 'one agent runs the jobs');
      assert.ok(seen.parts.length >= 8, stdout);
      return (seen.traffic?.requests ?? 0) > 0 || stdout;
    });
    const { code, stdout } = await execute(process.execPath, [PORTICO, 'watch', '--once'], { env });
    assert.equal(code, 0);
    for (const part of ['lb', 'portal-1', 'portal-2', 'agent-1', 'db-1', 'db-2', 'db-3'])
      assert.match(stdout, new RegExp(`● ${part} `), stdout);
  });
});

test('when a portal is killed and comes back, each is said as it happens', async (t) => {
  await cluster.scenario(t, async () => {
    const child = spawn(process.execPath, [PORTICO, 'watch', '--json'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const seconds: Second[] = [];
    const events: Event[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as Second | Event;
      if (said.type === 'second') seconds.push(said);
      else events.push(said);
    });
    const said = (sentence: RegExp) =>
      until(`it says ${sentence}`, PATIENCE_MS, async () => {
        assert.equal(child.exitCode, null);
        return events.some(({ text }) => sentence.test(text)) || JSON.stringify(events);
      });
    await until(
      'it sees the cluster',
      PATIENCE_MS,
      async () => seconds.at(-1)?.state === 'whole' || 'not yet',
    );
    const portal = () => seconds.at(-1)?.parts.find(({ name }) => name === 'portal-2');
    await cluster.cluster.kill('portal-2');
    await said(/^portal-2 is killed: exit 137$/);
    await until(
      'the second shows it',
      PATIENCE_MS,
      async () => portal()?.tone === 'bad' || JSON.stringify(portal()),
    );
    assert.equal(seconds.at(-1)?.state, 'degraded');
    await cluster.cluster.start('portal-2');
    await said(/^portal-2 is back after \d+ s: serving$/);
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 130);
  });
});

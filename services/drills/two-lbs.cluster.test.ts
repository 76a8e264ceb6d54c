import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { removeSecond } from '../cli/balancers.ts';
import { ClusterClient, type Uploaded } from './client.ts';
import { type Answer, ask } from './http.ts';
import { cleanUp } from './ledger.ts';
import { rolled } from './rolled.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { loadThroughBoth, type Passed } from './two-doors.ts';
import { until } from './until.ts';

const BOTH = ['lb', 'lb-2'] as const;
/** Ample: what is promised of times is measured by the drills, on a machine that does nothing else. */
const SOON_MS = 60_000;

let client: TestCluster;
before(async () => {
  client = await testCluster();
});

test('the only load balancer dies: the engine starts it again by itself', async (t) => {
  await client.scenario(t, async () => {
    const before = await client.cluster.part('lb');
    const watching = watch(client.baseUrl);
    await dies('lb');
    await until('it was started again', SOON_MS, async () => {
      const now = await client.cluster.part('lb');
      return (now.state === 'running' && now.startedAt > before.startedAt) || now.state;
    });
    await until('it answers', SOON_MS, () => answers(client.baseUrl));
    const away = await watching.stop();
    t.diagnostic(`no answer for ${Math.round(away)} ms`);
    assert.ok(away > 0, 'it was away');
  });
});

describe('two load balancers', () => {
  before(() => client.cluster.reconfigure('lb-2', {}));
  after(() => removeSecond(client.cluster.compose));

  test('both keep a client on the same portal, by address and by cookie, and each sends HTTP to its own HTTPS', async (t) => {
    await client.scenario(t, async () => {
      try {
        await sameByAddress();
        await sameByCookie();
      } finally {
        await client.cluster.reconfigure(BOTH, {});
      }
    });
  });

  test('one is killed, frozen, stopped: through the client library nothing fails, and each write happens once', async (t) => {
    await client.scenario(t, async () => {
      const [lb = '', lb2 = ''] = (await openBoth()).map((door) => door.baseUrl);
      const load = await loadThroughBoth(client, [lb, lb2]);
      const since = (start: number) => load.passed.filter((one) => one.start >= start);
      const evenly = async () => {
        const began = performance.now();
        await until('both are used alike', SOON_MS, async () => {
          const recent = since(began).slice(-60);
          const share = recent.filter((one) => one.address === lb).length / recent.length;
          return (recent.length === 60 && Math.abs(share - 0.5) < 0.2) || `lb has ${share}`;
        });
      };
      const faults = [
        ['killed', () => client.cluster.kill('lb'), () => client.cluster.start('lb')],
        ['frozen', () => client.cluster.pause('lb'), () => client.cluster.unpause('lb')],
        ['stopped', () => client.cluster.stop('lb'), () => client.cluster.start('lb')],
      ] as const;
      try {
        await evenly();
        for (const [name, hurt, heal] of faults) {
          const began = performance.now();
          await hurt();
          const gone = performance.now();
          await until('the other one has carried on', SOON_MS, async () => {
            const answered = since(gone).filter((one) => one.address === lb2);
            return (answered.length >= 150 && answered.some((one) => one.method === 'POST')) || 'not yet';
          });
          const ghosts = since(gone).filter((one) => one.address === lb);
          assert.deepEqual(ghosts, [], 'nothing came from the one that is gone');
          await heal();
          await evenly();
          t.diagnostic(`${name}: ${told(since(began))}`);
        }
      } finally {
        await load.stop();
      }
      assert.deepEqual(failures(load.passed), []);
      await happenedOnce(load.sent, load.ledger);
      await cleanUp(client, 'two-lbs-');
    });
  });

  test('both are replaced by a rollout, and put back: through the client library nothing fails', async (t) => {
    await client.scenario(t, async () => {
      const before = await ids();
      const load = await loadThroughBoth(client, await Promise.all(BOTH.map(addressOf)));
      const lbs = rolled({ name: 'both', target: 'lb', action: 'rollout-lb' }, ['lb'], () => ({
        stallMs: {},
        failed: 0,
      }));
      try {
        await lbs.prepare?.(client.cluster);
        await lbs.inject(client.cluster);
        await lbs.heal(client.cluster);
      } finally {
        await load.stop();
      }
      t.diagnostic(told(load.passed));
      assert.deepEqual(
        (await ids()).filter((id) => before.includes(id)),
        [],
        'each was made anew',
      );
      assert.deepEqual(failures(load.passed), []);
      await happenedOnce(load.sent, load.ledger);
      await cleanUp(client, 'two-lbs-');
    });
  });
});

const ids = () => Promise.all(BOTH.map(async (name) => (await client.cluster.part(name)).id));
const addressOf = (name: string) => client.cluster.baseUrl(8443, name);
const openBoth = () => Promise.all(BOTH.map((name) => ClusterClient.of(client.cluster, name)));

async function sameByAddress(): Promise<void> {
  // Whoever connects is believed like a proxy, so that one test can come from many addresses.
  const everybody = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16';
  await client.cluster.reconfigure(BOTH, { PORTICO_STICKY: 'ip', PORTICO_TRUSTED_PROXIES: everybody });
  await client.cluster.waitWhole(SOON_MS, true);
  const doors = await openBoth();
  const homes = new Set<string>();
  for (let i = 1; i <= 16; i++) {
    const headers = { 'x-forwarded-for': `203.0.113.${i}` };
    const [one, other] = await Promise.all(doors.map((door) => door.ask('/sign-in', { headers })));
    assert.deepEqual([one?.status, other?.node], [200, one?.node]);
    homes.add(one?.node ?? '');
  }
  assert.equal(homes.size, 2, 'sixteen clients are spread over both portals');
  for (const door of doors) {
    const plain = await ask(new URL('/guides?q=1', door.httpUrl));
    assert.deepEqual([plain.status, plain.headers.location], [308, `${door.baseUrl}/guides?q=1`]);
  }
}

async function sameByCookie(): Promise<void> {
  await client.cluster.reconfigure(BOTH, { PORTICO_STICKY: 'cookie' });
  await client.cluster.waitWhole(SOON_MS);
  const [first, second] = await openBoth();
  for (let client = 0; client < 4; client++) {
    const marked = await first?.ask('/sign-in');
    const [cookie = ''] = stickyCookies(marked);
    assert.match(cookie, /^portico_lb=./);
    for (let i = 0; i < 5; i++) {
      const answer = await second?.ask('/sign-in', { headers: { cookie } });
      assert.deepEqual([answer?.status, answer?.node], [200, marked?.node]);
      assert.deepEqual(stickyCookies(answer), [], 'it is not marked again');
    }
  }
}

function stickyCookies(answer: Answer | undefined): string[] {
  return (answer?.setCookie ?? [])
    .filter((one) => one.startsWith('portico_lb='))
    .map((one) => one.split(';')[0] ?? '');
}

/** As when nginx itself dies: `docker kill` would be the operator's will, after which the engine starts nothing. */
async function dies(name: string): Promise<void> {
  const { id } = await client.cluster.part(name);
  // The shell goes with the container, so its exit status says nothing.
  const kill = ['bash', '-c', 'kill -9 "$(cat /tmp/nginx.pid)"'];
  await client.cluster.compose.exec(id, kill, { check: false });
}

async function answers(base: string): Promise<true | string> {
  const answer = await ask(new URL('/-/lb/ready', base), { ca: client.ca, deadlineMs: 500 });
  return answer.status === 200 || `${answer.status}`;
}

/** @returns from `stop`: the longest time without a good answer, in milliseconds; 0 when each was good */
function watch(base: string): { stop(): Promise<number> } {
  let [running, away, good] = [true, 0, performance.now()];
  const watching = (async () => {
    let missed = false;
    while (running) {
      const well = await answers(base).catch(() => 'no answer');
      missed ||= well !== true;
      // Also when it ends on a try that was missed: somebody else has had an answer meanwhile.
      if (missed) away = Math.max(away, performance.now() - good);
      if (well === true) [missed, good] = [false, performance.now()];
      await pause(10);
    }
  })();
  return {
    async stop() {
      running = false;
      await watching;
      return away;
    },
  };
}

const failures = (passed: readonly Passed[]) =>
  passed.filter(({ method, status }) => status !== (method === 'GET' ? 200 : 201));

function told(passed: readonly Passed[]): string {
  const again = passed.filter(({ failed }) => failed.length > 0);
  const worst = (method: Passed['method']) =>
    Math.round(Math.max(0, ...passed.filter((one) => one.method === method).map(({ ms }) => ms)));
  return `${passed.length} requests, ${failures(passed).length} failed, ${again.length} asked again; longest GET ${worst('GET')} ms, POST ${worst('POST')} ms; e.g. ${again[0]?.failed[0] ?? '-'}`;
}

async function happenedOnce(sent: readonly string[], ledger: readonly Uploaded[]): Promise<void> {
  assert.deepEqual(ledger.map(({ name }) => name).sort(), sent.toSorted(), 'each was acknowledged');
  const rows = await client.sql<{ id: string }>("SELECT id FROM media WHERE name LIKE 'two-lbs-%'");
  assert.deepEqual(rows.map(({ id }) => id).sort(), ledger.map(({ id }) => id).sort());
}

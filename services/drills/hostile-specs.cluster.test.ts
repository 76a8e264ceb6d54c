/** API descriptions that somebody sends to do harm, through the load balancer, while others read: on the real cluster. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fixture } from '../specs/test-specs.ts';
import { harmIn } from './harmless.ts';
import { hostileSpecs, type Specimen } from './hostile-specs.ts';
import { type Answer, multipart } from './http.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

const run = randomUUID().slice(0, 8);
const NEIGHBOUR = `neighbour-${run}`;
/** ms; the machine may be busy with other things. Measured on an idle one: 9 s for the longest. */
const LONGEST_READING = 60_000;
const LONGEST_PAGE = 10_000;
/** ms that 99 of 100 visits of others take at most meanwhile; measured: tens. */
const NEIGHBOURS_WAIT = 1_500;
/** Sent at once. */
const SENDERS = 3;
const LISTENER_PORT = 18_099;
/** For so long the others are measured by themselves. */
const CALM_MS = 3_000;

let client: TestCluster;
let authorization: string;
const published: number[] = [];

async function write<T>(path: string, body: string | Buffer, type = 'application/json'): Promise<T> {
  const headers = { authorization, 'content-type': type, 'idempotency-key': randomUUID() };
  const answer = await client.ask(path, { method: 'POST', headers, body });
  assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.text()}`);
  return answer.json<T>();
}

async function publish(): Promise<void> {
  const { n } = await write<{ n: number }>('/api/v1/generations', '{}');
  await write(`/api/v1/generations/${n}/activation`, '{}');
  published.push(n);
}

/** What was told to come again. */
const again: string[] = [];

async function send(api: string, { name, bytes }: Pick<Specimen, 'name' | 'bytes'>): Promise<Answer> {
  const form = multipart({ name, bytes }, { api });
  const headers = { ...form.headers, authorization, 'idempotency-key': randomUUID() };
  const options = { method: 'POST', headers, body: form.body, deadlineMs: LONGEST_READING };
  for (let tries = 0; ; tries++) {
    const answer = await client.ask('/api/v1/specs', options);
    // As every client with a key does: the place may be another's just now, or the portal stood still on a busy machine.
    if (answer.status < 502 || tries === 3) return answer;
    again.push(`${name} ${answer.status}`);
    await pause(Number(answer.headers['retry-after'] ?? 1) * 1000);
  }
}

before(async () => {
  client = await testCluster();
  authorization = `Bearer ${await client.token('publisher')}`;
  const answer = await send(NEIGHBOUR, { name: 'tic.yaml', bytes: fixture('tictactoe.yaml') });
  assert.equal(answer.status, 201, answer.text());
  await publish();
});
after(async () => {
  if (published.length > 1) await write(`/api/v1/generations/${published[0]}/activation`, '{}');
  for (const name of [NEIGHBOUR, ...drafted])
    await client.ask(`/api/v1/apis/${name}`, { method: 'DELETE', headers: { authorization } });
});
const drafted: string[] = [];

/** Others, who read what is published: past the load balancer's cache, each page from a portal. */
function neighbours(t: TestContext): { stop(): Promise<number[]> } {
  const took: number[] = [];
  const faults: string[] = [];
  let running = true;
  const paths = ['/apis', `/apis/${NEIGHBOUR}`, `/apis/${NEIGHBOUR}/1.0.0/operations/get-board`];
  const all = paths.map(async (path) => {
    while (running) {
      const answer = await client.ask(path, { headers: { authorization } }).catch((error: Error) => error);
      if (answer instanceof Error) faults.push(`${path}: ${answer.message}`);
      else if (answer.status !== 200) faults.push(`${path}: ${answer.status}`);
      else took.push(answer.ms);
      await pause(20);
    }
  });
  t.after(() => {
    running = false;
  });
  return {
    async stop() {
      running = false;
      await Promise.all(all);
      assert.deepEqual(faults.slice(0, 5), [], 'what others read is there all the time');
      return took.sort((a, b) => a - b);
    },
  };
}

const at = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
const told = (sorted: readonly number[]) =>
  `${sorted.length} visits, p50 ${at(sorted, 0.5)} ms, p99 ${at(sorted, 0.99)} ms, max ${at(sorted, 1 - Number.EPSILON)} ms`;

/** Of each portal, since it was made: MiB, or undefined where the kernel does not tell. And whether it is the same one. */
async function portals(): Promise<{ name: string; peak: number | undefined; life: string }[]> {
  const peak =
    'cat /sys/fs/cgroup/memory.peak || cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes || true';
  return Promise.all(
    (await client.cluster.portals()).map(async ({ index, id, restarts, startedAt }) => {
      const name = `portal-${index}`;
      const bytes = Number(await client.cluster.exec(name, ['sh', '-c', `(${peak}) 2>/dev/null`]));
      return {
        name,
        peak: bytes > 0 ? Math.round(bytes / 2 ** 20) : undefined,
        life: `${id} ${restarts} ${startedAt.toISOString()}`,
      };
    }),
  );
}

/** Counts whoever connects; tells a client that says so, and ends for one that says so. Runs in an agent, which the portals reach. */
const LISTENER = `
let seen = 0;
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  seen++;
  socket.once('data', (said) => {
    if (said.toString().startsWith('count')) socket.end(String(seen));
    else if (said.toString().startsWith('end')) process.exit(0);
    else socket.end();
  });
}).listen(${LISTENER_PORT});
setTimeout(() => process.exit(0), 180_000);`;

/** @returns what the listener says */
async function say(from: string, host: string, word: 'count' | 'end'): Promise<string> {
  const script = `const s = require('node:net').connect(${LISTENER_PORT}, '${host}', () => s.write('${word}'));
    s.on('data', (d) => process.stdout.write(d)); s.on('error', (e) => { console.error(e.message); process.exit(1); });`;
  return client.cluster.exec(from, ['node', '-e', script]);
}

/** Every page that the overview leads to within this version, at most so many. */
const PAGES = 12;
function pagesOf(name: string, html: string): string[] {
  const links = [...html.matchAll(/href="(\/apis\/[^"#]+\/(?:operations|schemas)\/[^"#]+)"/g)].map(
    ([, path]) => path!,
  );
  const own = [...new Set(links)].filter((path) => path.startsWith(`/apis/${name}/`)).slice(0, PAGES);
  return [`/apis/${name}`, ...own, ...own.map((path) => `${path}.md`), `/apis/${name}.md`];
}

test('hostile descriptions are refused in a sentence or shown harmlessly, and nobody else notices', async (t) => {
  await client.scenario(t, async () => {
    const before = await portals();
    const host = await client.cluster.address('agent-1', 'internal');
    const listening = client.cluster.exec('agent-1', ['node', '-e', LISTENER], undefined, 200_000);
    listening.catch(() => {}); // it is missed below
    t.after(() => say('portal-1', host, 'end').catch(() => {}));
    await until('the portals reach the listener', 20_000, async () =>
      Number(await say('portal-1', host, 'count')) > 0 ? true : 'they do not',
    );
    const specimens = hostileSpecs(`${host}:${LISTENER_PORT}`);
    const heard = Number(await say('portal-2', host, 'count'));
    const calm = neighbours(t);
    await pause(CALM_MS);
    const withoutThem = await calm.stop();

    const disturbed = neighbours(t);
    const queue = [...specimens.entries()];
    const outcomes: string[] = [];
    const taken: { name: string; what: string }[] = [];
    const sender = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [n, specimen] = next;
        const name = `hostile-${n}-${run}`;
        drafted.push(name);
        const began = performance.now();
        const answer = await send(name, specimen);
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        outcomes.push(`${specimen.what}: ${answer.status} after ${seconds} s`);
        const said = `${specimen.what}: ${answer.status} ${answer.text().slice(0, 500)}`;
        if (specimen.refused === undefined) {
          assert.equal(answer.status, 201, said);
          taken.push({ name, what: specimen.what });
        } else {
          assert.equal(answer.status, 422, said);
          assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, said);
          const { code, detail } = answer.json<{ code: string; detail: string }>();
          assert.equal(code, 'spec-invalid', said);
          assert.match(detail, specimen.refused, said);
        }
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    await publish();

    let [pages, slowest] = [0, { path: '', ms: 0 }];
    const visit = async (path: string) => {
      const page = await client.ask(path, { headers: { authorization }, deadlineMs: LONGEST_PAGE });
      assert.equal(page.status, 200, `${path}: ${page.status}`);
      pages++;
      if (page.ms > slowest.ms) slowest = { path, ms: page.ms };
      const isPage = /^text\/html/.test(String(page.headers['content-type']));
      if (isPage) assert.deepEqual(harmIn(page.text()).slice(0, 3), [], path);
      assert.doesNotMatch(page.text(), /root:.*:0:0:/, path);
      return page.text();
    };
    for (const { name } of taken)
      for (const path of pagesOf(name, await visit(`/apis/${name}`))) await visit(path);
    // Where others' words stand beside one another.
    const inAll = ['/apis', '/search?q=script', '/search?q=alert', '/llms.txt', '/catalog'];
    for (const path of [...inAll, ...taken.map(({ name }) => `/catalog/${name}`)]) await visit(path);
    for (const { name } of taken) await visit(`/catalog/${name}/1`);
    const meanwhile = await disturbed.stop();

    const asked = Number(await say('portal-1', host, 'count')) - heard - 1;
    const now = await portals();
    t.diagnostic(outcomes.join('; '));
    if (again.length > 0) t.diagnostic(`told to come again: ${again.join(', ')}`);
    t.diagnostic(`others without them: ${told(withoutThem)}; meanwhile: ${told(meanwhile)}`);
    t.diagnostic(`${pages} pages, the slowest ${slowest.path} with ${Math.round(slowest.ms)} ms`);
    t.diagnostic(`memory at most: ${now.map(({ name, peak }) => `${name} ${peak ?? '?'} MiB`).join(', ')}`);
    assert.equal(asked, 0, 'nobody asked at the address in the references');
    assert.deepEqual(
      now.map(({ life }) => life),
      before.map(({ life }) => life),
      'no portal was restarted',
    );
    assert.equal(taken.length, specimens.filter(({ refused }) => refused === undefined).length);
    assert.ok(at(meanwhile, 0.99) < NEIGHBOURS_WAIT, told(meanwhile));
  });
});

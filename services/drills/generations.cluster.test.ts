/** Publishing, going back and forth under load, and reading on without the database: on the real cluster. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { multipart } from '../cli/multipart.ts';
import { fixture } from '../specs/test-specs.ts';
import { DATABASES } from './cluster.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

/** In `npm test` so many; `ACTIVATIONS=200` for the whole measure. */
const ACTIVATIONS = Number(process.env.ACTIVATIONS ?? 10);
const READERS = 8;
const run = randomUUID().slice(0, 8);
const NAME = `tic-${run}`;

let client: TestCluster;
let numbers: number[];

async function write<T>(path: string, body: string | Buffer, type = 'application/json'): Promise<T> {
  const authorization = `Bearer ${await client.token('publisher')}`;
  const headers = { authorization, 'content-type': type, 'idempotency-key': randomUUID() };
  const answer = await client.ask(path, { method: 'POST', headers, body });
  assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.text()}`);
  return answer.json<T>();
}

const publish = async (): Promise<number> => (await write<{ n: number }>('/api/v1/generations', '{}')).n;
const activate = (n: number) => write<{ reason: string }>(`/api/v1/generations/${n}/activation`, '{}');

async function submit(title: string, replace: boolean): Promise<void> {
  const text = fixture('tictactoe.yaml').toString().replace('title: Tic Tac Toe', `title: ${title}`);
  const form = multipart(
    { api: NAME, ...(replace && { replace: 'true' }) },
    { name: 'tic.yaml', bytes: Buffer.from(text) },
  );
  await write('/api/v1/specs', form.body, form.type);
}

before(async () => {
  client = await testCluster();
  await submit(`First ${run}`, false);
  const first = await publish();
  await activate(first);
  await submit(`Second ${run}`, true);
  numbers = [first, await publish()];
});
after(async () => {
  const authorization = `Bearer ${await client.token('publisher')}`;
  await client.ask(`/api/v1/apis/${NAME}`, { method: 'DELETE', headers: { authorization } });
});

/** @returns the number that an answer shows, or its status below zero */
const generationOf = (answer: { status: number; text(): string }): number =>
  answer.status === 200
    ? Number(/name="portico-generation" content="(\d+)"/.exec(answer.text())?.[1])
    : -answer.status;

/** One visit: a page, the style sheet and the search that it names. @returns what does not fit together */
async function visit(): Promise<string[]> {
  const page = await client.ask(`/apis/${NAME}`);
  if (page.status !== 200) return [`the page: ${page.status}`];
  const n = generationOf(page);
  const title = /<h1>[^<]*/.exec(page.text())?.[0];
  const [style, found] = await Promise.all([
    client.ask(`/g/${n}/theme.css`),
    client.ask(`/g/${n}/search.json?q=${run}&api=${NAME}&kind=api`),
  ]);
  const faults: string[] = [];
  if (style.status !== 200 || !style.text().includes(`"${n}"`))
    faults.push(`style sheet of ${n}: ${style.status} ${style.text()}`);
  if (found.status !== 200) return [...faults, `search of ${n}: ${found.status}`];
  const result = found.json<{ generation: number; hits: { text: string }[] }>();
  if (result.generation !== n) faults.push(`the page is of ${n}, the search of ${result.generation}`);
  if (title === undefined) faults.push('the page has no heading');
  return faults;
}

test('activations and rollbacks under load: nothing fails, no page mixes two, and when one is done it is everywhere', async (t) => {
  await client.scenario(t, async () => {
    const faults: string[] = [];
    let visits = 0;
    let longest = 0;
    let running = true;
    const readers = Array.from({ length: READERS }, async () => {
      while (running) {
        const began = performance.now();
        faults.push(...(await visit().catch((error: Error) => [error.message])));
        longest = Math.max(longest, performance.now() - began);
        visits++;
        await pause(20);
      }
    });
    const took: number[] = [];
    for (let i = 0; i < ACTIVATIONS; i++) {
      const n = numbers[(i + 1) % 2]!;
      const began = performance.now();
      await activate(n);
      took.push(performance.now() - began);
      // Nobody is shown an older one from here on, not even from the load balancer's cache.
      assert.match(
        (await client.ask(`/apis/${NAME}`)).text(),
        new RegExp(`portico-generation" content="${n}"`),
      );
      for (const portal of await client.cluster.portals()) {
        const name = `portal-${portal.index}`;
        assert.equal(generationOf(await client.askPortal(name, `/apis/${NAME}`)), n, name);
      }
    }
    running = false;
    await Promise.all(readers);
    took.sort((a, b) => a - b);
    t.diagnostic(
      `${ACTIVATIONS} activations, ${Math.round(took[took.length >> 1]!)} ms each in the middle, ${Math.round(took.at(-1)!)} at most; ${visits} visits, the longest ${Math.round(longest)} ms`,
    );
    assert.deepEqual(faults.slice(0, 5), []);
    assert.ok(visits > ACTIVATIONS);
  });
});

/** @returns the directory of the volume in which that generation's blob for this API lies */
async function shelfOf(n: number): Promise<string> {
  const headers = { authorization: `Bearer ${await client.token('publisher')}` };
  const answer = await client.ask(`/api/v1/generations/${n}`, { headers });
  const { manifest } = answer.json<{
    manifest: { apis: { name: string; versions: { compiled: { sha256: string } }[] }[] };
  }>();
  const { sha256 } = manifest.apis.find(({ name }) => name === NAME)!.versions[0]!.compiled;
  return `/data/blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}`;
}

test('a portal that cannot read a generation is left out, says why, and is back when it can; without any the old one stays', async (t) => {
  await client.scenario(t, async () => {
    await activate(numbers[0]!);
    await submit(`Third ${run}`, true);
    const third = await publish();
    const shelf = await shelfOf(third);
    const servedBy = async (portal: string) => generationOf(await client.askPortal(portal, `/apis/${NAME}`));
    const shown = [
      await client.cluster.hide('portal-1', shelf),
      await client.cluster.hide('portal-2', shelf),
    ];
    try {
      const authorization = `Bearer ${await client.token('publisher')}`;
      const refused = await client.ask(`/api/v1/generations/${third}/activation`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: '{}',
      });
      assert.equal(refused.status, 409, refused.text());
      assert.match(refused.text(), /portal-1: The blob .*is missing.*portal-2: The blob/);
      assert.deepEqual([await servedBy('portal-1'), await servedBy('portal-2')], [numbers[0], numbers[0]]);

      await shown[1]!();
      const { reason } = await activate(third);
      assert.match(reason, /1 portal ready; left out: portal-1: The blob .* is missing/);
      for (let i = 0; i < 20; i++) assert.deepEqual(await visit(), []);
      assert.deepEqual([await servedBy('portal-1'), await servedBy('portal-2')], [-503, third]);
      assert.match(
        (await client.askPortal('portal-1', '/-/ready')).text(),
        /cannot be served here: The blob/,
      );

      await shown[0]!();
      await until(
        'portal-1 serves it',
        20_000,
        async () => (await servedBy('portal-1')) === third || 'not yet',
      );
    } finally {
      await Promise.allSettled(shown.map((show) => show()));
    }
  });
});

test('a portal that was frozen while another generation was activated never serves the old one', async (t) => {
  await client.scenario(t, async () => {
    await activate(numbers[0]!);
    await client.cluster.pause('portal-1');
    await activate(numbers[1]!);
    await client.cluster.unpause('portal-1');
    const seen = new Set<number>();
    await until('portal-1 serves again', 30_000, async () => {
      seen.add(generationOf(await client.ask(`/apis/${NAME}`)));
      const ready = await client.askPortal('portal-1', '/-/ready');
      return ready.status === 200 || ready.text();
    });
    assert.deepEqual([...seen], [numbers[1]]);
  });
});

test('without any database everything that is published is there, also from portals that were started so', async (t) => {
  await client.scenario(t, async () => {
    await activate(numbers[0]!);
    await client.cluster.kill(...DATABASES);
    const paths = [
      '/apis',
      `/apis/${NAME}`,
      `/apis/${NAME}/1.0.0/operations/get-board`,
      `/apis/${NAME}/1.0.0/schemas/board`,
      `/apis/${NAME}/1.0.0/source`,
      `/apis/${NAME}/1.0.0/description.json`,
      `/apis/${NAME}/1.0.0/description.yaml`,
      `/search?q=board`,
      `/g/${numbers[0]}/search.json?q=board`,
    ];
    const all = async () => {
      for (const portal of ['portal-1', 'portal-2'])
        for (const path of paths) {
          const answer = await client.askPortal(portal, path);
          assert.equal(answer.status, 200, `${portal} ${path}: ${answer.text().slice(0, 300)}`);
        }
      for (const path of paths) assert.equal((await client.ask(path)).status, 200, path);
    };
    await until('the portals know that it is away', 30_000, async () => {
      const page = await client.askPortal('portal-1', '/apis');
      return /The database is away/.test(page.text()) || `${page.status}`;
    });
    await all();
    await client.cluster.stop('portal-1', 'portal-2');
    await client.cluster.start('portal-1', 'portal-2');
    await until('both read again', 60_000, async () => {
      for (const portal of ['portal-1', 'portal-2']) {
        const answer = await client.askPortal(portal, `/apis/${NAME}`).catch((error: Error) => error.message);
        if (typeof answer === 'string' || answer.status !== 200)
          return `${portal}: ${typeof answer === 'string' ? answer : answer.status}`;
      }
      return true;
    });
    await all();
  });
});

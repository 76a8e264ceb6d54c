/** 1,000 writes by 16 clients that repeat each until it is answered, while the database's writer is killed and paused in turns. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Router } from '../platform/database/router.ts';
import { allSynced, TestNodes } from '../platform/database/test-nodes.ts';
import { type KeyedAnswer, type KeyedClient, keyedClient } from './keyed-client.ts';
import { createPlan, type Planned } from './keyed-plan.ts';
import { cleanUp } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { Turnstile } from './turnstile.ts';
import { until } from './until.ts';

const WRITES = 1_000;
const CLIENTS = 16;
const FAULTS = ['kill', 'pause', 'kill', 'pause', 'kill', 'pause'] as const;
/** Ample, for a busy machine: what takes longer has hung. */
const TURN_MS = 150_000;

interface Done {
  planned: Planned;
  answer: KeyedAnswer;
}

const prefix = `keyed-${randomBytes(3).toString('hex')}`;
let client: TestCluster;
let database: Router;
let admin: Record<string, string>;

before(async () => {
  client = await testCluster();
  database = (await TestNodes.get()).router();
  await allSynced(database);
  admin = { authorization: `Bearer ${await client.token('admin')}` };
});
after(async () => {
  await cleanUp(client, prefix);
  await database.write((tx) => tx.execute('DELETE FROM tokens WHERE name LIKE ?', [`${prefix}%`]));
  await database.close();
});

test('each write happened exactly once, and each client got its answer, the same on a repeat', async (t) => {
  await client.scenario(t, async () => {
    const clients = Array.from({ length: CLIENTS }, () => keyedClient(client));
    try {
      const tokens = await Promise.all(clients.map((_, n) => tokenOf(n)));
      const began = performance.now();
      const { done, faults } = await run(
        clients,
        tokens.map(({ token }) => token),
      );
      const seconds = (performance.now() - began) / 1000;
      assert.equal(done.length, WRITES);
      const unexpected = done.filter(({ planned, answer }) => answer.status !== expected(planned));
      assert.deepEqual(
        unexpected.map(({ answer }) => [answer.write.path, answer.status, answer.text]),
        [],
      );
      await countRows(
        done,
        tokens.map(({ id }) => id),
      );
      await repeatAll(clients, done);
      t.diagnostic(figures(done, faults, seconds));
    } finally {
      for (const one of clients) one.close();
    }
  });
});

const expected = ({ kind }: Planned) => (kind === 'token' || kind === 'upload' ? 201 : 204);

/** Each client is somebody of its own, since keys belong to whoever sends them. */
async function tokenOf(n: number): Promise<{ id: string; token: string }> {
  const body = JSON.stringify({ name: `${prefix}-client-${n}`, role: 'admin' });
  const headers = { ...admin, 'content-type': 'application/json' };
  const answer = await client.ask('/api/v1/tokens', { method: 'POST', headers, body });
  assert.equal(answer.status, 201, answer.text());
  return answer.json();
}

/** Each fault strikes in the middle of its share of the writes, and is undone when that share is through. */
async function run(clients: KeyedClient[], tokens: string[]): Promise<{ done: Done[]; faults: string[] }> {
  const done: Done[] = [];
  const faults: string[] = [];
  const turnstile = new Turnstile();
  const writing = clients.map(async (one, n) => {
    const plan = createPlan(prefix, n, tokens[n] ?? '');
    while ((await turnstile.pass()) !== undefined) {
      const planned = plan.next();
      const answer = await one.write(planned.write);
      plan.answered(planned, answer);
      done.push({ planned, answer });
    }
  });
  const failed = Promise.all(writing).then(() => undefined);
  const reached = (count: number) =>
    Promise.race([
      failed,
      until(
        `${count} writes were answered`,
        TURN_MS,
        async () => done.length >= count || `${done.length}`,
        20,
      ),
    ]);
  try {
    for (const [turn, fault] of FAULTS.entries()) {
      const from = Math.round((turn * WRITES) / FAULTS.length);
      const to = Math.round(((turn + 1) * WRITES) / FAULTS.length);
      turnstile.open(to);
      await reached(from + 2 * CLIENTS);
      const writer = await writerNow();
      await client.cluster[fault](writer);
      faults.push(`${fault} ${writer}`);
      await reached(to);
      await client.cluster.mend();
    }
  } finally {
    turnstile.close();
  }
  await failed;
  return { done, faults };
}

async function writerNow(): Promise<string> {
  const ready = await client.askPortal('portal-1', '/-/ready');
  const { writer } = ready.json<{ database: { writer?: string } }>().database;
  assert.ok(writer, ready.text());
  return writer;
}

async function countRows(done: Done[], clients: string[]): Promise<void> {
  const names = (kind: 'token' | 'upload') => {
    const made = done.filter(({ planned }) => planned.kind === kind);
    const removed = new Set(done.map(({ planned }) => planned.subject));
    const left = made.filter(({ answer }) => !removed.has((JSON.parse(answer.text) as { id: string }).id));
    return left.map(({ planned }) => planned.subject).sort();
  };
  const rows = await database.read(async (reader) => {
    const named = async (table: 'tokens' | 'media') =>
      (
        await reader.query<{ name: string }>(`SELECT name FROM ${table} WHERE name LIKE ? ORDER BY name`, [
          `${prefix} %`,
        ])
      ).map(({ name }) => name);
    const [keys] = await reader.query<{ answered: number; operations: number }>(
      `SELECT COUNT(*) AS answered, COUNT(DISTINCT o.id) AS operations
       FROM idempotency_keys k LEFT JOIN operations o ON o.id = k.operation_id
       WHERE k.status > 0 AND k.principal IN (${clients.map(() => '?').join(', ')})`,
      clients.map((id) => `token ${id}`),
    );
    return { tokens: (await named('tokens')).sort(), media: (await named('media')).sort(), keys };
  });
  assert.deepEqual(rows.tokens, names('token'), 'each token once');
  assert.deepEqual(rows.media, names('upload'), 'each file once');
  assert.deepEqual(
    rows.keys,
    { answered: WRITES, operations: WRITES },
    'each answer once, with its operation',
  );
}

async function repeatAll(clients: KeyedClient[], done: Done[]): Promise<void> {
  const essence = ({ status, location, text }: KeyedAnswer) => ({ status, location, text });
  const left = [...done];
  await Promise.all(
    clients.map(async (one) => {
      for (let next = left.pop(); next; next = left.pop()) {
        const again = await one.write({ ...next.answer.write, hangUpMs: undefined });
        assert.deepEqual(essence(again), essence(next.answer));
        assert.equal(again.replayed, true, `${again.write.method} ${again.write.path} was carried out again`);
      }
    }),
  );
}

function figures(done: Done[], faults: string[], seconds: number): string {
  const failures = done.flatMap(({ answer }) => answer.failed);
  const reasons = [...new Set(failures)].map(
    (why) => `${failures.filter((one) => one === why).length} × ${why}`,
  );
  const late = done.filter(({ answer }) => answer.replayed).length;
  const slowest = Math.max(...done.map(({ answer }) => answer.ms)) / 1000;
  return [
    `${done.length} writes by ${CLIENTS} clients in ${seconds.toFixed(0)} s, through ${faults.join(', ')}:`,
    `${failures.length} tries without an answer (${reasons.join(', ')}),`,
    `${late} of them had happened all the same; slowest write ${slowest.toFixed(1)} s; ${done.length} repeated, all the same`,
  ].join(' ');
}

/** 10,000 writes on one portal, each read at once through the other, while database nodes lag and freeze. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import type { Router } from '../platform/database/router.ts';
import { allSynced, DATABASES, TestNodes } from '../platform/database/test-nodes.ts';
import { type Answer, ask } from './http.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { Turnstile } from './turnstile.ts';
import { until } from './until.ts';

const WRITES = 10_000;
const WORKERS = 16;
/** Ample, for a busy machine: what takes longer has hung. */
const SHARE_MS = 150_000;
const STEPS = [
  'desync db-2',
  'pause db-1',
  'desync db-3',
  'pause db-3',
  'desync db-2',
  'pause db-1',
] as const;

/** The ways in which each write is looked for, and how many missed it. */
interface Missed {
  /** Through the other portal: the promise. */
  portal: number;
  /** By a router that prefers the nodes in reverse, so that its causal reads go where no write does. */
  standby: number;
  /** By the same router without causality: that some are missed shows that this test would see it. */
  loose: number;
}

const prefix = `fresh-${randomBytes(3).toString('hex')}`;
let client: TestCluster;
let admin: string;
let standby: Router;
let portals: [writes: string, reads: string];
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 * WORKERS });

before(async () => {
  client = await testCluster();
  standby = (await TestNodes.get()).router({ nodes: [...DATABASES].reverse() });
  await allSynced(standby);
  admin = await client.token('admin');
  portals = [await addressOf('portal-1'), await addressOf('portal-2')];
});
after(async () => {
  agent.destroy();
  const clear = () =>
    standby.write((tx) => tx.execute('DELETE FROM tokens WHERE name LIKE ? LIMIT 1000', [`${prefix}%`]));
  while ((await clear()).affectedRows > 0);
  await standby.close();
});

test('what one portal has acknowledged, the other knows at once, whichever database node lags', async (t) => {
  await client.scenario(t, async () => {
    const missed: Missed = { portal: 0, standby: 0, loose: 0 };
    const again = { writes: 0, reads: 0 };
    const turnstile = new Turnstile();
    let read = 0;
    const work = async () => {
      for (let n = await turnstile.pass(); n !== undefined; n = await turnstile.pass()) {
        const token = await writeOne(n, again);
        const [portal, causal, loose] = await Promise.all([
          knownToPortal(token.token, again),
          knownToNode(token.id, true),
          knownToNode(token.id, false),
        ]);
        missed.portal += portal ? 0 : 1;
        missed.standby += causal ? 0 : 1;
        missed.loose += loose ? 0 : 1;
        read += 1;
      }
    };
    const began = performance.now();
    const working = Promise.all(Array.from({ length: WORKERS }, work)).then(() => undefined);
    const reached = (count: number) =>
      Promise.race([
        working,
        until(`${count} writes were read`, SHARE_MS, async () => read >= count || `${read}`, 20),
      ]);
    try {
      for (const [turn, step] of STEPS.entries()) {
        const share = (part: number) => Math.round(((turn + part) * WRITES) / STEPS.length);
        turnstile.open(share(1));
        await reached(share(0.2));
        const undo = await strike(step);
        // The rest of the share goes by while the node is away, comes back, and catches up.
        await reached(share(0.6));
        await undo();
        await reached(share(1));
        await client.cluster.waitWhole(SHARE_MS);
      }
    } finally {
      turnstile.close();
    }
    await working;
    const seconds = (performance.now() - began) / 1000;
    t.diagnostic(
      `${read} writes on one portal in ${seconds.toFixed(0)} s, through ${STEPS.join(', ')}: ${missed.portal} missed by the other portal, ` +
        `${missed.standby} by causal reads of another node, ${missed.loose} by reads without causality; ` +
        `tried again: ${again.writes} writes, ${again.reads} reads`,
    );
    assert.equal(read, WRITES);
    assert.deepEqual([missed.portal, missed.standby], [0, 0]);
    assert.ok(missed.loose > 0, 'reads without causality missed nothing, so this run has proved nothing');
  });
});

async function addressOf(portal: string): Promise<string> {
  return `http://${await client.cluster.address(portal)}:8000`;
}

/** A portal at the end of its hold says 503, which promises nothing: only what was acknowledged counts. */
async function answered(work: () => Promise<Answer>, count: () => void): Promise<Answer> {
  for (;;) {
    const answer = await work();
    if (answer.status !== 503) return answer;
    count();
  }
}

async function writeOne(n: number, again: { writes: number }): Promise<{ id: string; token: string }> {
  const body = JSON.stringify({ name: `${prefix}-${n}`, role: 'reader' });
  // The key is for the retry after a 503 whose write may have happened.
  const headers = {
    authorization: `Bearer ${admin}`,
    'content-type': 'application/json',
    'idempotency-key': `${prefix}-${n}`,
  };
  const send = () => ask(`${portals[0]}/api/v1/tokens`, { method: 'POST', headers, body, agent });
  const answer = await answered(send, () => {
    again.writes += 1;
  });
  assert.equal(answer.status, 201, answer.text());
  return answer.json();
}

/** A new token opens the door: its row is looked up in the database, and nothing else would know it. */
async function knownToPortal(token: string, again: { reads: number }): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await answered(
    () => ask(`${portals[1]}/api/v1/session`, { headers, agent }),
    () => {
      again.reads += 1;
    },
  );
  assert.ok(answer.status === 200 || answer.status === 401, answer.text());
  return answer.status === 200;
}

async function knownToNode(id: string, causal: boolean): Promise<boolean> {
  const rows = await standby.read((reader) => reader.query('SELECT id FROM tokens WHERE id = ?', [id]), {
    causal,
  });
  return rows.length === 1;
}

/** `pause`: frozen until it is thawed, which it does not notice. `desync`: it takes part, and applies nothing. */
async function strike(step: (typeof STEPS)[number]): Promise<() => Promise<void>> {
  const [action, node = ''] = step.split(' ');
  if (action === 'pause') {
    await client.cluster.pause(node);
    return () => client.cluster.unpause(node);
  }
  const query = (sql: string) =>
    client.cluster.exec(node, [
      'mariadb',
      '--no-defaults',
      '-S',
      '/run/mysqld/mysqld.sock',
      '-u',
      'portico',
      '-e',
      sql,
    ]);
  await query('SET GLOBAL wsrep_desync = ON');
  const locked = query('FLUSH TABLES WITH READ LOCK; DO SLEEP(2)');
  return async () => {
    await locked;
    await query('SET GLOBAL wsrep_desync = OFF');
  };
}

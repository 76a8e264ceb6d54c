/**
 * Disasters done to three real nodes under load. After each: three nodes synced under the UUID of before, and every
 * row that was acknowledged is on each of them. PORTICO_ROUNDS (default 1) repeats the lot.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { testEnvironment } from '../services/cli/test/environment.ts';
import { temporaryProject } from '../services/cli/test/project.ts';
import { Cluster, DATABASES } from '../services/drills/cluster.ts';
import { until } from '../services/drills/until.ts';
import { supervisorKey } from './config.ts';
import { fetchReport, type Report, type Talk } from './peers.ts';

type Node = (typeof DATABASES)[number];
const ROUNDS = Number(process.env.PORTICO_ROUNDS ?? 1);
/** For a machine that does much else: how many times longer things may take. */
const PATIENCE = Number(process.env.PORTICO_TEST_PATIENCE ?? 1);
const DEADLINE_MS = 60_000 * PATIENCE;
const FAILED = fileURLToPath(new URL('../var/failed/', import.meta.url));
const own = process.env.PORTICO_TEST_PROJECT === undefined;
const times: { what: string; ms: number; rows: number }[] = [];

let cluster: Cluster;
let password: string;
let talk: Talk;
let uuid: string;
const acknowledged = new Set<number>();
let next = Date.now() * 1000;

before(async () => {
  cluster = own
    ? await Cluster.create({
        project: temporaryProject('recovery'),
        env: await testEnvironment(),
        services: DATABASES,
      })
    : await Cluster.attach(process.env.PORTICO_TEST_PROJECT!);
  password = (await cluster.exec('db-1', ['cat', '/run/portico/secrets/migrate-password'])).trim();
  talk = { port: 4570, key: supervisorKey(password) };
  const took = await whole(120_000 * PATIENCE);
  if (own) times.push({ what: 'first start, from nothing', ms: took, rows: 0 });
  uuid = (await report('db-1')).position!.uuid;
  await onNode('db-1', (c) => c.query('CREATE TABLE IF NOT EXISTS recovery_trial (id BIGINT PRIMARY KEY)'));
});

after(async () => {
  for (const { what, ms, rows } of times)
    process.stderr.write(
      `${(ms / 1000).toFixed(1).padStart(6)} s  ${String(rows).padStart(7)} rows  ${what}\n`,
    );
  if (own) await cluster?.destroy();
  else {
    await onNode('db-1', (c) => c.query('DROP TABLE IF EXISTS recovery_trial'));
    await cluster.mend();
  }
});

async function onNode<T>(name: Node, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({
    host: await addressOf(name),
    user: 'portico_migrate',
    password,
    database: 'portico',
    connectTimeout: 2_000,
  });
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
}

/** Looking an address up takes two processes, so it is done again only when the old one does not answer. */
const addresses = new Map<Node, string>();
async function addressOf(name: Node): Promise<string> {
  const known = addresses.get(name) ?? (await cluster.address(name));
  addresses.set(name, known);
  return known;
}

async function report(name: Node): Promise<Report> {
  try {
    const answer = await fetchReport(await addressOf(name), talk, 2_000);
    // Another node may have come up under the address that this one had.
    if (answer.name !== name) throw new Error(`${answer.name} has the address of ${name}`);
    return answer;
  } catch (error) {
    addresses.delete(name);
    throw error;
  }
}

/** Writes one row after the other to whichever node takes it, and remembers each that was acknowledged. */
function writer(nodes: readonly Node[] = DATABASES) {
  let stopped = false;
  let at = 0;
  const running = (async () => {
    while (!stopped) {
      const name = nodes[at % nodes.length]!;
      try {
        await onNode(name, async (connection) => {
          while (!stopped) {
            const id = next++;
            await connection.query({
              sql: 'INSERT INTO recovery_trial VALUES (?)',
              values: [id],
              timeout: 4_000,
            });
            acknowledged.add(id);
            await pause(5);
          }
        });
      } catch {
        // Whatever went wrong, the row was not acknowledged; the next node may take the next one.
        at += 1;
        addresses.delete(name);
        await pause(250);
      }
    }
  })();
  return async () => {
    stopped = true;
    await running;
  };
}

/** undefined: this node is whole by its own word. A supervisor's report alone may be two seconds old. */
async function whatIsMissing(name: Node): Promise<string | undefined> {
  const { state, synced, reason } = await report(name);
  if (state !== 'primary' || !synced) return `${name}: ${state}, ${reason}`;
  return onNode(name, async (connection) => {
    const ask = async (sql: string) => (await connection.query<RowDataPacket[]>({ sql, timeout: 4_000 }))[0];
    const rows = await ask("SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state')");
    const values = rows
      .map((row) => `${row.Variable_name} ${row.Value}`)
      .sort()
      .join(', ');
    if (values !== 'wsrep_cluster_size 3, wsrep_local_state 4') return `${name}: ${values}`;
    // A node that has just thawed looks synced; a causal read it cannot answer.
    await ask('SET SESSION wsrep_sync_wait = 1');
    await ask('SELECT COUNT(*) FROM information_schema.schemata');
    return undefined;
  });
}

/** Milliseconds until all three are whole in one cluster, and stay so for two looks a second apart. */
function whole(deadlineMs = DEADLINE_MS): Promise<number> {
  let good = 0;
  return until(
    'all three nodes are synced in one cluster',
    deadlineMs,
    async () => {
      const lastGood = good;
      good = 0;
      for (const name of DATABASES) {
        const missing = await whatIsMissing(name);
        if (missing !== undefined) return missing;
      }
      const uuids = new Set(
        await Promise.all(DATABASES.map(async (name) => (await report(name)).position?.uuid)),
      );
      if (uuids.size !== 1) return `different clusters: ${[...uuids].join(', ')}`;
      good = lastGood + 1;
      return good >= 2 || 'whole for the first time';
    },
    1_000,
  );
}

async function nothingIsLost(): Promise<void> {
  const expected = [...acknowledged].sort((a, b) => a - b);
  for (const name of DATABASES) {
    const rows = await onNode(name, async (c) => {
      await c.query('SET SESSION wsrep_sync_wait = 1');
      const [found] = await c.query<RowDataPacket[]>('SELECT id FROM recovery_trial');
      return new Set(found.map((row) => Number(row.id)));
    });
    const lost = expected.filter((id) => !rows.has(id));
    assert.deepEqual(lost, [], `${name} lost acknowledged rows`);
  }
}

/** @param disaster does it under load, and undoes it; the clock runs from its end */
function scenario(what: string, disaster: () => Promise<void>, options: { newUuid?: boolean } = {}): void {
  test(what, { timeout: 400_000 * PATIENCE }, async () => {
    const stop = writer();
    try {
      await pause(500);
      await disaster();
      const ms = await whole();
      await stop();
      times.push({ what, ms, rows: acknowledged.size });
      await nothingIsLost();
      const now = (await report('db-2')).position!.uuid;
      if (options.newUuid) uuid = now;
      assert.equal(now, uuid, 'the history goes on under its UUID');
    } catch (error) {
      await stop();
      await cluster.saveLogs(path.join(FAILED, what.replaceAll(/[^\w-]+/g, '-')));
      throw error;
    }
  });
}

const sh = (name: Node, command: string): Promise<string> => cluster.exec(name, ['sh', '-c', command]);
/** The server itself, not its supervisor. */
const signalServer = (name: Node, signal: string): Promise<string> =>
  sh(name, `kill -${signal} $(cat /run/mysqld/mysqld.pid)`);

for (let round = 1; round <= ROUNDS; round++) {
  const of = ROUNDS > 1 ? ` (round ${round})` : '';

  scenario(`one node is killed and started${of}`, async () => {
    await cluster.kill('db-1');
    await pause(4_000);
    await cluster.start('db-1');
  });

  scenario(`one node loses its volume${of}`, async () => {
    await cluster.wipe('db-2');
  });

  scenario(`all three are killed at once${of}`, async () => {
    await cluster.kill(...DATABASES);
    await cluster.start(...DATABASES);
  });

  scenario(`all three are stopped at once${of}`, async () => {
    await cluster.stop(...DATABASES);
    await cluster.start(...DATABASES);
  });

  // Stopped one after the other and started in several orders: services/drills/blackout.ts, on the whole cluster.

  scenario(`two are killed, both come back under each other's addresses${of}`, async () => {
    await cluster.kill('db-1', 'db-2');
    await pause(4_000);
    // The engine gives the lowest free address to whoever starts first.
    await cluster.start('db-2');
    await cluster.start('db-1');
  });

  scenario(`all three are killed and come back under other addresses${of}`, async () => {
    await cluster.kill(...DATABASES);
    for (const name of ['db-3', 'db-1', 'db-2']) await cluster.start(name);
  });

  scenario(`all three are killed, one has lost its volume${of}`, async () => {
    await cluster.kill(...DATABASES);
    await cluster.forget('db-1');
    await cluster.compose.up(['--no-deps', '--no-build', ...DATABASES]);
  });

  scenario(`a node is killed during its state transfer${of}`, async () => {
    await cluster.wipe('db-3');
    await until(
      'a state transfer runs',
      DEADLINE_MS,
      async () => (await sh('db-3', 'ls -a /var/lib/mysql/data')).includes('.sst') || 'not yet',
      30,
    );
    await pause(Math.random() * 800);
    await cluster.kill('db-3');
    await cluster.start('db-3');
  });

  scenario(`the writer is frozen for 10 s and thaws${of}`, async () => {
    await cluster.pause('db-1');
    await pause(10_000);
    await cluster.unpause('db-1');
  });

  scenario(`all three are frozen for 10 s and thaw${of}`, async () => {
    await cluster.pause(...DATABASES);
    await pause(10_000);
    await cluster.unpause(...DATABASES);
  });

  scenario(`mariadbd of two nodes is killed, their supervisors live${of}`, async () => {
    await Promise.all([signalServer('db-1', 'KILL'), signalServer('db-2', 'KILL')]);
  });

  scenario(`mariadbd of all nodes is killed, their supervisors live${of}`, async () => {
    await Promise.all(DATABASES.map((name) => signalServer(name, 'KILL')));
  });

  scenario(`mariadbd hangs, and its supervisor ends it${of}`, async () => {
    const pid = (await sh('db-1', 'cat /run/mysqld/mysqld.pid')).trim();
    await signalServer('db-1', 'STOP');
    await until('the hung server is replaced', 90_000 * PATIENCE, async () => {
      const now = (await sh('db-1', 'cat /run/mysqld/mysqld.pid || true')).trim();
      return (now !== '' && now !== pid) || 'still the same process';
    });
  });

  scenario(
    `an operator accepts the loss of a node, which comes back later${of}`,
    async () => {
      const acceptLoss = ['node', 'db/recover.ts', '--accept-loss'];
      await assert.rejects(cluster.exec('db-1', acceptLoss), /Refused: db-1 is Primary/);
      await cluster.stop('db-3');
      await pause(1_000);
      await cluster.kill('db-1', 'db-2');
      await cluster.start('db-1', 'db-2');
      await until('the two wait for the third', DEADLINE_MS, async () => {
        const { reason } = await report('db-2');
        return reason.startsWith('No node is Primary and db-3 does not answer') || reason;
      });
      await cluster.exec('db-2', acceptLoss);
      await until('the two go on', DEADLINE_MS, async () => {
        const { state, reason } = await report('db-1');
        return state === 'primary' || reason;
      });
      await pause(1_000);
      await cluster.start('db-3');
    },
    { newUuid: true },
  );

  scenario(`the cluster is killed again while it recovers${of}`, async () => {
    await cluster.kill(...DATABASES);
    for (let again = 0; again < 2; again++) {
      await cluster.start(...DATABASES);
      await pause(2_000 + Math.random() * 4_000);
      await cluster.kill(...DATABASES);
    }
    await cluster.start(...DATABASES);
  });
}

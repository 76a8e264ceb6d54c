import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { allSynced, TestNodes, until } from '../platform/database/test-nodes.ts';
import type { Database } from '../platform/database/types.ts';
import { ChaosChild } from './chaos-child.ts';
import { DROP_TABLES, TABLES } from './chaos-jobs.ts';

const LEASE = 'chaos';
const JOBS = 20;
/** At 20 slots a second, for as long as it takes to have run so many and to have hit the agents so often. */
const SLOTS = 1000;
const HITS = 6;

describe('two agents that are killed and frozen at random', () => {
  let nodes: TestNodes;
  let database: Database;
  const children: ChaosChild[] = [];

  before(async () => {
    nodes = await TestNodes.get();
    const router = nodes.router();
    database = router;
    await allSynced(router);
    await nodes.run(TABLES);
    await forget(database);
    for (const name of ['chaos-a', 'chaos-b'])
      children.push(new ChaosChild(name, LEASE, JOBS, nodes.cluster.project));
  });
  after(async () => {
    await Promise.all(children.map((one) => one.kill()));
    await nodes.run(DROP_TABLES);
    await forget(database);
    await database.close();
  });

  it('claim each of 1,000 slots once, and have each effect once', async (t) => {
    const first = await bothServe(children);
    const from = nextSecond();
    let standbySince = from;
    let standby = first.secondary.life;
    const takeOvers: number[] = [];
    const told: string[] = [];
    for (let hits = 0; hits < HITS || (await doneBetween(database, from)) < SLOTS; hits += 1) {
      const { primary, secondary } = await bothServe(children);
      if (standby !== secondary.life) standbySince = nextSecond();
      standby = secondary.life;
      // Whoever takes over makes up for what it has itself seen come due; so what is older must have been done.
      await until('nothing is undone that the standby knows nothing of', 120_000, () =>
        allDone(database, from, standbySince),
      );
      // Random on purpose, in the half of a second in which most runs are under way.
      await pause(1000 - (Date.now() % 1000) + Math.random() * 500);
      const how = (['kill', 'freeze', 'freeze', 'doze', 'kill the standby'] as const)[hits % 5]!;
      const hit = how === 'kill the standby' ? secondary : primary;
      told.push(`${how} ${hit.name}`);
      const began = performance.now();
      if (how.startsWith('kill')) await hit.kill();
      else hit.freeze();
      if (how === 'doze') await pause(Math.random() * 1500);
      if (how === 'kill' || how === 'freeze') {
        await until(
          'the other has taken over',
          20_000,
          async () => secondary.role === 'primary' || secondary.role,
          20,
        );
        takeOvers.push(Math.round(performance.now() - began));
        // Long enough for the new primary to have begun what the frozen one was at.
        if (how === 'freeze') await pause(Math.random() * 1500);
      }
      if (how.startsWith('kill')) hit.startAgain();
      else hit.thaw();
    }
    t.diagnostic(told.join(', '));
    await bothServe(children);
    const to = nextSecond();
    await until('every slot is done', 120_000, () => allDone(database, from, to));
    assert.deepEqual(await Promise.all(children.map((one) => one.stop())), [0, 0]);

    const runs = await database.read((reader) =>
      reader.query<{ job: string; slot: string; attempt: number; state: string; result: string }>(
        'SELECT job, slot, attempt, state, result FROM job_runs WHERE job LIKE ? ORDER BY job, slot, attempt',
        [`${LEASE}-%`],
      ),
    );
    const bySlot = Map.groupBy(runs, ({ job, slot }) => `${job} ${slot}`);
    const abandoned = runs.filter(({ state }) => state === 'abandoned');
    t.diagnostic(
      `${bySlot.size} slots, ${runs.length} runs, of which ${abandoned.length} were abandoned; ${told.length} hits; ` +
        `take-overs with a lease of 2 s: ${takeOvers.join(', ')} ms`,
    );
    assert.deepEqual(await faults(database), []);
    assert.deepEqual(
      runs.filter(({ state }) => state === 'failed'),
      [],
    );
    for (const [slot, attempts] of bySlot) {
      const states = attempts.map(({ state }) => state);
      const numbers = attempts.map(({ attempt }) => attempt);
      assert.deepEqual(
        numbers,
        states.map((_, i) => i + 1),
        slot,
      );
      // The stop at the end may leave a last one to whoever would be next.
      if (new Date(slot.split(' ')[1]!).getTime() < to)
        assert.deepEqual(states, [...states.slice(1).map(() => 'abandoned'), 'done'], slot);
    }
    assert.ok(abandoned.length > 0, 'no run was ever broken off: the hits were no test');
    assert.ok(abandoned.every(({ result }) => /did not bring it to its end/.test(result)));
    const { effects, traces } = await counted(database);
    assert.equal(effects, traces);
    assert.ok(traces >= SLOTS);
  });
});

/** @returns who is what, once one is primary and the other watches it */
async function bothServe(children: ChaosChild[]): Promise<{ primary: ChaosChild; secondary: ChaosChild }> {
  const find = (role: string) => children.filter((one) => one.role === role);
  await until(
    'one agent is primary and the other secondary',
    60_000,
    async () =>
      (find('primary').length === 1 && find('secondary').length === 1) ||
      children.map(({ name, role }) => `${name} ${role}`).join(', '),
    20,
  );
  return { primary: find('primary')[0]!, secondary: find('secondary')[0]! };
}

/** Epoch milliseconds of the first slot that everybody who is up now will see come due. */
function nextSecond(): number {
  return (Math.floor(Date.now() / 1000) + 2) * 1000;
}

async function doneBetween(database: Database, from: number, to?: number): Promise<number> {
  const iso = (ms: number) => new Date(ms).toISOString();
  const [row] = await database.read((reader) =>
    reader.query<{ n: number }>('SELECT COUNT(*) AS n FROM agent_test_done WHERE slot >= ? AND slot < ?', [
      iso(from),
      to === undefined ? 'z' : iso(to),
    ]),
  );
  return row!.n;
}

async function allDone(database: Database, from: number, to: number): Promise<true | string> {
  const due = ((to - from) / 1000) * JOBS;
  const done = await doneBetween(database, from, to);
  if (done >= due) return true;
  const odd = await database.read((reader) =>
    reader.query(
      `SELECT job, slot, attempt, agent, token, state, result FROM job_runs AS run WHERE job LIKE ? AND slot < ?
       AND NOT EXISTS (SELECT 1 FROM agent_test_done AS done WHERE done.job = run.job AND done.slot = run.slot) LIMIT 20`,
      [`${LEASE}-%`, new Date(to).toISOString()],
    ),
  );
  return `${done} of ${due}; claimed, and not done: ${JSON.stringify(odd)}`;
}

async function faults(database: Database): Promise<string[]> {
  const rows = await database.read((reader) =>
    reader.query<{ job: string; fault: string }>('SELECT job, fault FROM agent_test_faults'),
  );
  return rows.map(({ job, fault }) => `${job}: ${fault}`);
}

async function counted(database: Database): Promise<{ effects: number; traces: number }> {
  const [row] = await database.read((reader) =>
    reader.query<{ effects: number; traces: number }>(
      `SELECT (SELECT CAST(SUM(effects) AS SIGNED) FROM agent_test_count) AS effects,
              (SELECT COUNT(*) FROM agent_test_done) AS traces`,
    ),
  );
  return row!;
}

async function forget(database: Database): Promise<void> {
  await database.write(async (tx) => {
    await tx.execute('DELETE FROM job_runs WHERE job LIKE ?', [`${LEASE}-%`]);
    await tx.execute('DELETE FROM leases WHERE name = ?', [LEASE]);
  });
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import { createJobs } from './jobs.ts';
import { insertSample, samplesSince } from './samples.ts';

/** Jobs that no agent knows, so that none of the cluster's own touches them. */
const job = `test-${randomBytes(4).toString('hex')}`;
let router: Router;

before(async () => {
  router = (await TestNodes.get()).router();
  await allSynced(router);
});
after(async () => {
  await router.write(async (tx) => {
    await tx.execute('DELETE FROM job_runs WHERE job LIKE ?', [`${job}%`]);
    await tx.execute('DELETE FROM job_requests WHERE job LIKE ?', [`${job}%`]);
    await tx.execute('DELETE FROM health_samples WHERE portals = 777');
  });
  await router.close();
});

describe('the runs of a job', () => {
  it('are paged newest first: none twice and none left out, though several began in one millisecond', async () => {
    const slots = Array.from({ length: 7 }, (_, i) => `2026-01-01T00:00:0${i}.000Z`);
    await router.write(async (tx) => {
      for (const [i, slot] of slots.entries())
        await tx.execute(
          `INSERT INTO job_runs (job, slot, attempt, agent, token, state, started_at, result)
           VALUES (?, ?, 1, 'nobody', 1, 'done', ?, '')`,
          [job, slot, i < 5 ? '2026-01-01 00:00:00.500' : '2026-01-01 00:00:01.000'],
        );
    });
    const jobs = createJobs(router);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await jobs.runs(job, { limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.items.map(({ slot }) => slot));
      cursor = page.nextCursor;
    } while (cursor);
    assert.deepEqual(seen, slots.toReversed());
  });

  it('a cursor that is none of the list’s is refused', async () => {
    const other = Buffer.from(JSON.stringify(['no date', 1])).toString('base64url');
    for (const cursor of ['nonsense', other])
      await assert.rejects(createJobs(router).runs(job, { limit: 2, cursor }), { code: 'invalid' });
  });
});

describe('asking for a run', () => {
  const order = (key: string, of = job) => ({
    job: of,
    requestedBy: 'test',
    idempotency: { principal: 'test', key: `${job}-${key}` },
  });

  it('twice under one key, or by two at once, is one request', async () => {
    const jobs = createJobs(router);
    const [first, other] = await Promise.all([jobs.request(order('a')), jobs.request(order('b'))]);
    const again = await jobs.request(order('a'));
    assert.equal(again.replayed, true);
    assert.equal(again.request.id, first.request.id);
    assert.equal(other.request.id, first.request.id);
    const rows = await router.read((r) => r.query('SELECT id FROM job_requests WHERE job = ?', [job]));
    assert.equal(rows.length, 1);
  });

  it('for another job under the same key is refused', async () => {
    const jobs = createJobs(router);
    await jobs.request(order('c'));
    await assert.rejects(jobs.request(order('c', `${job}-other`)), { code: 'idempotency-mismatch' });
  });
});

describe('the health series', () => {
  it('keeps the worst of each bucket, so that a short outage is seen over two days, too', async () => {
    // Long before this cluster: nothing else is in that bucket. 47 h in buckets of 720 s.
    await router.write(async (tx) => {
      for (const [second, serving, latency] of [
        [0, 2, 5],
        [1, 0, null],
        [2, 2, 900],
      ] as const)
        await tx.execute(
          `INSERT INTO health_samples (at, portals, portals_serving, databases_synced, latency_ms)
           VALUES (FROM_UNIXTIME(720 * FLOOR((UNIX_TIMESTAMP() - 100000) / 720)) + INTERVAL ? SECOND, 777, ?, 3, ?)`,
          [second, serving, latency],
        );
    });
    const [bucket, ...more] = (await router.read((r) => samplesSince(r, 48))).filter(
      (one) => one.portals === 777,
    );
    assert.deepEqual(more, [], 'one bucket');
    assert.equal(bucket?.portalsServing, 0);
    assert.equal(bucket?.databasesSynced, 3);
    assert.equal(bucket?.latencyMs, 900);
    assert.equal(bucket?.requestsPerSecond, null);
    assert.equal(
      (await router.read((r) => samplesSince(r, 1))).some((one) => one.portals === 777),
      false,
    );
  });

  it('a sample is read as it was written', async () => {
    const sample = {
      portals: 777,
      portalsServing: 1,
      databasesSynced: 2,
      requestsPerSecond: 1.5,
      latencyMs: 2.5,
      freeBytes: 5_000_000_000_000,
    };
    await router.write((tx) => insertSample(tx, sample));
    const { at, ...read } = (await router.read((r) => samplesSince(r, 1))).at(-1)!;
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
    // The cluster's own sample may share the bucket: the worst of both.
    assert.equal(read.portals, 777);
    assert.ok(read.portalsServing <= 1 && read.databasesSynced <= 2);
  });
});

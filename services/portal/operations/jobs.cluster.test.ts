import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { readConfig } from '../../cli/config.ts';
import { judge } from '../../cli/status/judge.ts';
import { observe } from '../../cli/status/observe.ts';
import type { Ask } from '../../drills/http.ts';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';
import type { ClusterStatus, JobStatus, RunStatus } from './types.ts';

const JOBS = [
  'reconcile',
  'verify-blobs',
  'forget-generations',
  'collect',
  'empty-trash',
  'expire-uploads',
  'purge',
  'sample-health',
];
let cluster: TestCluster;
before(async () => {
  cluster = await testCluster();
});

async function ask(path: string, options: Ask & { role?: 'reader' | 'publisher' | 'admin' } = {}) {
  const { role = 'admin', headers, ...rest } = options;
  const authorization = `Bearer ${await cluster.token(role)}`;
  return cluster.ask(path, { ...rest, headers: { authorization, ...headers } });
}
const runs = async (job: string) =>
  (await ask(`/api/v1/jobs/${job}/runs?limit=50`)).json<{ items: RunStatus[] }>().items;

describe('the jobs of a running cluster', () => {
  it('are listed with their pace, in the status as well', async () => {
    const { items } = (await ask('/api/v1/jobs')).json<{ items: JobStatus[] }>();
    assert.deepEqual(items.map(({ name }) => name).sort(), JOBS.toSorted());
    assert.ok(items.every((job) => job.runsKnown && Date.parse(job.nextRun ?? '') > 0));
    const status = (await ask('/api/v1/status')).json<ClusterStatus>();
    assert.deepEqual(status.agents.map(({ state }) => state).sort(), ['primary', 'secondary']);
    assert.equal(status.jobs.length, items.length);
  });

  it('one is run now, once for each key, and its history names who asked', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const path = '/api/v1/jobs/purge/runs';
    const first = await ask(path, { method: 'POST', headers });
    assert.equal(first.status, 202);
    const { requestedAt, requestedBy } = first.json<{ requestedAt: string; requestedBy: string }>();
    let run: RunStatus | undefined;
    await until('the run has ended', 60_000, async () => {
      run = (await runs('purge')).find(({ slot }) => slot === requestedAt);
      return run?.endedAt !== undefined || `it is ${run?.state ?? 'not begun'}`;
    });
    assert.ok(run);
    assert.equal(run.state, 'done');
    assert.equal(run.requestedBy, requestedBy);
    const again = await ask(path, { method: 'POST', headers });
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(again.text(), first.text());
    assert.equal((await runs('purge')).filter(({ slot }) => slot === requestedAt).length, 1);
    const other = await ask('/api/v1/jobs/collect/runs', { method: 'POST', headers });
    assert.equal(other.status, 422);
  });

  it('what is not asked well is refused', async () => {
    const table: [number, string, Parameters<typeof ask>[1]][] = [
      [404, '/api/v1/jobs/no-such-job/runs', { method: 'POST' }],
      [404, '/api/v1/jobs/no-such-job/runs', {}],
      [403, '/api/v1/jobs/purge/runs', { method: 'POST', role: 'publisher' }],
      [403, '/api/v1/jobs', { role: 'reader' }],
      [400, '/api/v1/jobs/purge/runs?cursor=nonsense', {}],
      [400, '/api/v1/status/history?hours=999', {}],
      [405, '/api/v1/jobs', { method: 'PUT' }],
    ];
    for (const [status, path, options] of table)
      assert.equal((await ask(path, options)).status, status, `${options?.method ?? 'GET'} ${path}`);
    assert.equal((await cluster.ask('/api/v1/jobs')).status, 401);
  });

  it('the health of the cluster is sampled', async () => {
    let items: { at: string; portalsServing: number; databasesSynced: number }[] = [];
    await until('a sample shows the whole cluster', 90_000, async () => {
      ({ items } = (await ask('/api/v1/status/history?hours=1')).json<{ items: typeof items }>());
      return (
        items.some((one) => one.portalsServing === 2 && one.databasesSynced === 3) ||
        `${items.length} samples: ${JSON.stringify(items.at(-1))}`
      );
    });
    assert.deepEqual(
      items,
      items.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    );
  });

  it('`portico status` shows them, too', async () => {
    const config = readConfig(
      { COMPOSE_PROJECT_NAME: cluster.cluster.project, PORTICO_HTTPS_PORT: new URL(cluster.baseUrl).port },
      {},
    );
    const verdict = judge(await observe(cluster.cluster.compose, config, { records: true }));
    assert.deepEqual(verdict.jobs.map(({ name }) => name).sort(), JOBS.toSorted());
    assert.equal(verdict.jobs.find(({ name }) => name === 'purge')?.lastRun?.state, 'done');
    assert.equal(typeof verdict.findings, 'number');
    assert.ok(verdict.jobs.every((job) => job.runsKnown && !job.overdue));
  });
});

/** Everything at once, for a long time, and nothing broken on purpose: whoever is thrown out then was healthy. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient } from './client.ts';
import { shortName } from './cluster.ts';
import { type Stall, sortAlarms } from './false-alarms.ts';
import { plantSpecimens, startLoad } from './load.ts';
import { type LogWatch, watchLogs } from './log-watch.ts';
import type { Sample } from './samples.ts';
import { countedWire, tusUpload } from './tus-client.ts';
import { agentRole, galeraState } from './whole.ts';

export interface SoakOptions {
  seconds: number;
  onMinute?: (sentence: string) => void;
}

export interface SoakReport {
  seconds: number;
  requests: number;
  failed: string[];
  resumable: number;
  jobs: number;
  signIns: number;
  /** Every time a part that was healthy was thrown out, deposed or restarted; one sentence each. */
  falseAlarms: string[];
  /** The same where the machine itself had just stood still for longer than the detection takes. */
  explained: string[];
  /** The longest that this process's own timer was late: what the machine itself stood still for. ms */
  ownStallMs: number;
  /** Processor time that the cluster and the load took, of all cores. */
  busy: number;
}

/** What must not change while nobody breaks anything. */
async function fingerprint(client: ClusterClient): Promise<Map<string, string>> {
  const marks = new Map<string, string>();
  for (const one of await client.cluster.parts()) {
    marks.set(`${shortName(one)} was restarted`, `${one.startedAt.toISOString()} ${one.restarts}`);
    if (one.service === 'agent')
      marks.set(`${shortName(one)} changed its role`, await agentRole(one.addresses.internal ?? ''));
    if (!one.service.startsWith('db-')) continue;
    const { uuid, status, size, view } = await galeraState(client.cluster, one.addresses.internal ?? '');
    marks.set(`${one.service} saw the membership change`, `${uuid} ${status} ${size} ${view}`);
  }
  return marks;
}

export async function runSoak(client: ClusterClient, options: SoakOptions): Promise<SoakReport> {
  const logs = await watchLogs(client.cluster, options.seconds * 1000 + 300_000);
  try {
    return await soak(client, options, logs);
  } finally {
    logs.abandon();
  }
}

async function soak(
  client: ClusterClient,
  { seconds, onMinute }: SoakOptions,
  logs: LogWatch,
): Promise<SoakReport> {
  const specimens = await plantSpecimens(client);
  const before = await fingerprint(client);
  const began = performance.now();
  const end = began + seconds * 1000;
  const running = () => performance.now() < end;
  const failed: string[] = [];
  const counts = { resumable: 0, jobs: 0, signIns: 0, writes: 0 };
  const idle = await cpu();

  const stalls: Stall[] = [];
  let ownStallMs = 0;
  let due = performance.now() + 100;
  const ticking = setInterval(() => {
    const now = performance.now();
    ownStallMs = Math.max(ownStallMs, now - due);
    if (now - due > 100) stalls.push({ from: due, to: now });
    due = now + 100;
  }, 100);

  const again = async (what: string, restMs: number, work: () => Promise<void>) => {
    while (running()) {
      await work().catch((error: Error) => failed.push(`${what}: ${error.message}`));
      await pause(restMs);
    }
  };
  const load = await startLoad(client, specimens, { readers: 16, writers: 3, restMs: 10 });
  const others = [
    again('resumable upload', 200, async () => {
      await resumable(client, randomBytes(8_000_000));
      counts.resumable += 1;
    }),
    again('sign-in', 2_000, async () => {
      await signIn(client);
      counts.signIns += 1;
    }),
    again('API write', 50, async () => {
      await tokenMadeAndRevoked(client);
      counts.writes += 2;
    }),
    ...['reconcile', 'verify-blobs', 'purge', 'collect'].map((job, i) =>
      again(`job ${job}`, 5_000 + 1_000 * i, async () => {
        await runJob(client, job);
        counts.jobs += 1;
      }),
    ),
    again('progress', 60_000, async () =>
      onMinute?.(
        `${Math.round((performance.now() - began) / 1000)} s: ${load.samples.length} requests, ${counts.resumable} resumable uploads`,
      ),
    ),
  ];
  while (running()) await pause(250);
  await load.stop();
  await Promise.all(others);
  clearInterval(ticking);
  const busy = shareOf(idle, await cpu());

  const { falseAlarms, explained } = sortAlarms(await logs.stop(), stalls);
  const after = await fingerprint(client);
  const changed = [...before].filter(([mark, value]) => after.get(mark) !== value);
  return {
    seconds: Math.round((performance.now() - began) / 1000),
    requests: load.samples.length + counts.signIns + counts.writes + counts.jobs,
    failed: [...failed, ...load.samples.filter(isFailed).map(({ kind, why }) => `${kind}: ${why}`)],
    resumable: counts.resumable,
    jobs: counts.jobs,
    signIns: counts.signIns,
    falseAlarms: [...changed.map(([mark]) => mark), ...falseAlarms],
    explained,
    ownStallMs: Math.round(ownStallMs),
    busy,
  };
}

const isFailed = ({ outcome }: Sample) => outcome !== 'ok';

async function resumable(client: ClusterClient, bytes: Buffer): Promise<void> {
  const wire = await countedWire(client);
  try {
    const { upload, done } = tusUpload(client, bytes, {
      token: await client.token(),
      agent: wire.agent,
      metadata: { filename: `drill-soak-${randomUUID()}.bin` },
    });
    upload.start();
    await done;
  } finally {
    wire.agent.destroy();
  }
}

async function signIn(client: ClusterClient): Promise<void> {
  const first = await client.ask('/api/v1/session');
  const answer = await client.ask('/api/v1/session', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: first.setCookie.map((line) => line.split(';')[0]).join('; '),
      'x-csrf-token': first.json<{ csrfToken: string }>().csrfToken,
    },
    body: JSON.stringify({ name: 'admin', password: await client.adminPassword() }),
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text().slice(0, 200)}`);
}

async function tokenMadeAndRevoked(client: ClusterClient): Promise<void> {
  const headers = {
    authorization: `Bearer ${await client.token('admin')}`,
    'content-type': 'application/json',
  };
  const made = await client.ask('/api/v1/tokens', {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ name: `soak ${randomUUID().slice(0, 8)}`, role: 'reader' }),
  });
  if (made.status !== 201) throw new Error(`${made.status} ${made.text().slice(0, 200)}`);
  const gone = await client.ask(`/api/v1/tokens/${made.json<{ id: string }>().id}`, {
    method: 'DELETE',
    headers: { ...headers, 'idempotency-key': randomUUID() },
  });
  if (gone.status !== 204) throw new Error(`${gone.status} ${gone.text().slice(0, 200)}`);
}

async function runJob(client: ClusterClient, job: string): Promise<void> {
  const headers = { authorization: `Bearer ${await client.token('admin')}` };
  const answer = await client.ask(`/api/v1/jobs/${job}/runs`, { method: 'POST', headers });
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text().slice(0, 200)}`);
}

interface Cpu {
  idle: number;
  all: number;
}

/** Ticks of all cores since the machine started, as Linux counts them; elsewhere nothing. */
async function cpu(): Promise<Cpu> {
  const { cpus } = await import('node:os');
  const times = cpus().map(({ times: t }) => t);
  const sum = (pick: (t: (typeof times)[number]) => number) => times.reduce((all, t) => all + pick(t), 0);
  return { idle: sum((t) => t.idle), all: sum((t) => t.user + t.nice + t.sys + t.idle + t.irq) };
}

function shareOf(before: Cpu, after: Cpu): number {
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

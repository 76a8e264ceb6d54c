/** Puts a bench's APIs on a cluster and makes them current: hundreds in seconds, because they were read already. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../cli/docker.ts';
import { manifestText } from '../../portal/generations/manifest.ts';
import { hashOfText } from '../../portal/generations/shelves.ts';
import type { ClusterClient } from '../client.ts';
import { until } from '../until.ts';
import { type Content, manifestOf } from './content.ts';
import { letRead } from './workspace.ts';

const DEADLINE_MS = 180_000;

/**
 * Only for a cluster that is nobody's: what was published before is no longer current.
 * @returns the generation's number
 */
export async function publishContent(
  client: ClusterClient,
  content: Content,
  shared: string,
  count: number,
): Promise<number> {
  const [row] = await client.sql<{ n: number }>('SELECT COALESCE(MAX(n), 0) + 1 AS n FROM generations');
  const n = Number(row!.n);
  const manifest = manifestOf(content, n, count);
  const text = manifestText(manifest);
  await writeFile(join(shared, `${n}.json`), text);
  await Promise.all([letRead(shared), letRead(content.blobs)]);
  const { cluster } = client;
  const { image } = await cluster.part('portal-1');
  await run(
    [
      ...[
        'run',
        '--rm',
        '--network',
        'none',
        '--user',
        '10001:10001',
        '--volume',
        `${cluster.project}_data:/data`,
      ],
      ...['--volume', `${content.blobs}:/from/blobs:ro`, '--volume', `${shared}:/from/manifest:ro`, image],
      ...['sh', '-c', `cp -r /from/blobs/. /data/blobs/ && cp /from/manifest/${n}.json /data/generations/`],
    ],
    { deadlineMs: DEADLINE_MS },
  );
  await client.sql(
    `INSERT INTO generations (n, manifest_sha256, apis, versions, note, created_by, created_at)
     VALUES (?, ?, ?, ?, ?, 'bench', UTC_TIMESTAMP(3))`,
    [n, hashOfText(text), manifest.apis.length, manifest.apis.length, manifest.note],
  );
  await activate(client, n);
  return n;
}

/** The load balancer may give the request up before every portal has loaded that many APIs; the activation goes on. */
async function activate(client: ClusterClient, n: number): Promise<void> {
  const authorization = `Bearer ${await client.token()}`;
  const asked = await client.ask(`/api/v1/generations/${n}/activation`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{}',
    deadlineMs: DEADLINE_MS,
  });
  if (asked.status >= 300 && asked.status !== 503 && asked.status !== 504)
    throw new Error(`activation: ${asked.status} ${asked.text().slice(0, 500)}`);
  await until(`generation ${n} is current`, DEADLINE_MS, async () => {
    const answer = await client.ask('/api/v1/activations?limit=1', { headers: { authorization } });
    const [latest] = answer.json<{ items: { n: number; state: string; reason: string }[] }>().items;
    if (latest?.state === 'failed') throw new Error(`activation: ${latest.reason}`);
    return (latest?.n === n && latest.state === 'done') || `${latest?.state}: ${latest?.reason}`;
  });
}

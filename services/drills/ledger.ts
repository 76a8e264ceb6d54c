/** Every upload that was acknowledged is a debt: it must be there, with its hash, whatever happened since. */
import { createHash } from 'node:crypto';
import type { ClusterClient, Uploaded } from './client.ts';
import type { Answer } from './http.ts';

export interface Audit {
  acknowledged: number;
  /** Found with the right hash by every reader asked. */
  kept: number;
  /** A sentence for each that was lost or changed. */
  lost: string[];
  /** Uploads of which the library holds more than one: a retry that was taken for a second request. */
  twins: string[];
}

type Fetch = (url: string) => Promise<Answer>;

/** Reads each file back by each of `readers` (a portal, or the load balancer), named for the report. */
export async function audit(ledger: readonly Uploaded[], readers: Record<string, Fetch>): Promise<Audit> {
  const lost: string[] = [];
  for (const one of ledger) {
    for (const [reader, fetch] of Object.entries(readers)) {
      const reason = await verify(one, fetch);
      if (reason) lost.push(`${one.name} (${one.id}) through ${reader}: ${reason}`);
    }
  }
  const gone = new Set(lost.map((line) => line.split(' through ')[0]));
  const ids = new Set(ledger.map((one) => one.id));
  return { acknowledged: ids.size, kept: ids.size - gone.size, lost, twins: [] };
}

async function verify(one: Uploaded, fetch: Fetch): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL(one.url, 'https://localhost').pathname);
    if (answer.status !== 200) return `${answer.status}`;
    const sha256 = createHash('sha256').update(answer.body).digest('hex');
    return sha256 === one.sha256 ? undefined : `has the hash ${sha256}, not ${one.sha256}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Names of which the library holds more than one file, among those that the ledger knows. */
export async function findTwins(client: ClusterClient, prefix: string, ledger: readonly Uploaded[]) {
  const counts = new Map<string, number>();
  for (const item of await listAll(client, prefix)) counts.set(item.name, (counts.get(item.name) ?? 0) + 1);
  return [...new Set(ledger.map((one) => one.name))].filter((name) => (counts.get(name) ?? 0) > 1);
}

/** Everything in the library whose name contains `search`, page by page. */
export async function listAll(client: ClusterClient, search: string): Promise<Uploaded[]> {
  const headers = { authorization: `Bearer ${await client.token()}` };
  const found: Uploaded[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ search, limit: '100', ...(cursor ? { cursor } : {}) });
    const answer = await client.ask(`/api/v1/media?${query}`, { headers });
    if (answer.status !== 200) throw new Error(`list: ${answer.status} ${answer.text().slice(0, 200)}`);
    const page = answer.json<{ items: Uploaded[]; nextCursor?: string | null }>();
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return found;
}

/** Deletes what a drill has uploaded, also what it was never told of. */
export async function cleanUp(client: ClusterClient, prefix: string): Promise<void> {
  const headers = { authorization: `Bearer ${await client.token()}` };
  for (const { id } of await listAll(client, prefix)) {
    await client.ask(`/api/v1/media/${id}`, { method: 'DELETE', headers });
  }
}

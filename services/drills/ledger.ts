/** Every write that was acknowledged is a debt: it must be there, unchanged, whatever happened since. */
import { createHash } from 'node:crypto';
import type { ClusterClient, Uploaded } from './client.ts';
import type { Answer, Ask } from './http.ts';

export interface Audit {
  acknowledged: number;
  /** Found, files with the right hash, by every reader asked. */
  kept: number;
  /** A sentence for each that was lost or changed. */
  lost: string[];
  /** Uploads of which the library holds more than one: a retry that was taken for a second request. */
  twins: string[];
}

/** What was acknowledged: uploads, and the ids of tokens. */
export interface Ledger {
  uploads: readonly Uploaded[];
  tokens: readonly string[];
}

export type Reader = (url: string, options?: Ask) => Promise<Answer>;

/** Each portal, past the load balancer, so that what is there is seen through every one of them; and the load balancer. */
export async function everyReader(client: ClusterClient): Promise<Record<string, Reader>> {
  const portals = (await client.cluster.portals()).map((one) => `portal-${one.index}`);
  const readers: [string, Reader][] = await Promise.all(
    portals.map(async (name) => {
      const address = await client.cluster.address(name);
      return [name, (url, options) => client.ask(`http://${address}:8000${url}`, options)] as [
        string,
        Reader,
      ];
    }),
  );
  return Object.fromEntries([...readers, ['the load balancer', (url, options) => client.ask(url, options)]]);
}

/** So many files are read back at once from each reader. */
const AT_ONCE = 4;

/** Reads everything back by each of `readers`. @param adminToken with which tokens are listed */
export async function audit(
  { uploads, tokens }: Ledger,
  readers: Record<string, Reader>,
  adminToken = '',
): Promise<Audit> {
  const lost: string[] = [];
  const gone = new Set<string>();
  const miss = (id: string, sentence: string) => {
    gone.add(id);
    lost.push(sentence);
  };
  await Promise.all(
    Object.entries(readers).map(async ([reader, read]) => {
      const left = uploads.values();
      const worker = async () => {
        for (const one of left) {
          const reason = await verify(one, read);
          if (reason) miss(one.id, `${one.name} (${one.id}) through ${reader}: ${reason}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      if (tokens.length === 0) return;
      const listed = await tokenIds(read, adminToken);
      for (const id of tokens) if (!listed.has(id)) miss(id, `token ${id} through ${reader}: not listed`);
    }),
  );
  const acknowledged = new Set(uploads.map((one) => one.id)).size + new Set(tokens).size;
  return { acknowledged, kept: acknowledged - gone.size, lost, twins: [] };
}

async function verify(one: Uploaded, read: Reader): Promise<string | undefined> {
  try {
    const answer = await read(new URL(one.url, 'https://localhost').pathname);
    if (answer.status !== 200) return `${answer.status}`;
    const sha256 = createHash('sha256').update(answer.body).digest('hex');
    return sha256 === one.sha256 ? undefined : `has the hash ${sha256}, not ${one.sha256}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function tokenIds(read: Reader, adminToken: string): Promise<Set<string>> {
  const items = await everyPage<{ id: string }>(read, '/api/v1/tokens', {}, adminToken);
  return new Set(items.map(({ id }) => id));
}

async function everyPage<T>(
  read: Reader,
  path: string,
  query: Record<string, string>,
  token: string,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const search = new URLSearchParams({ ...query, limit: '100', ...(cursor ? { cursor } : {}) });
    const answer = await read(`${path}?${search}`, { headers: { authorization: `Bearer ${token}` } });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text().slice(0, 200)}`);
    const page = answer.json<{ items: T[]; nextCursor?: string | null }>();
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return found;
}

/** Names of which the library holds more than one file, among those that the ledger knows. */
export async function findTwins(client: ClusterClient, prefix: string, ledger: readonly Uploaded[]) {
  const counts = new Map<string, number>();
  for (const item of await listAll(client, prefix)) counts.set(item.name, (counts.get(item.name) ?? 0) + 1);
  return [...new Set(ledger.map((one) => one.name))].filter((name) => (counts.get(name) ?? 0) > 1);
}

/** Everything in the library whose name contains `search`, page by page. */
export async function listAll(client: ClusterClient, search: string): Promise<Uploaded[]> {
  const read: Reader = (url, options) => client.ask(url, options);
  return everyPage<Uploaded>(read, '/api/v1/media', { search }, await client.token());
}

/** Deletes what a drill has made, also what it was never told of. */
export async function cleanUp(client: ClusterClient, prefix: string): Promise<void> {
  const headers = { authorization: `Bearer ${await client.token()}` };
  for (const { id } of await listAll(client, prefix)) {
    await client.ask(`/api/v1/media/${id}`, { method: 'DELETE', headers });
  }
}

/** The tokens that the load's writes without a key have made. */
export async function cleanUpTokens(client: ClusterClient, prefix: string): Promise<void> {
  const token = await client.token('admin');
  const read: Reader = (url, options) => client.ask(url, options);
  for (const { id, name } of await everyPage<{ id: string; name: string }>(
    read,
    '/api/v1/tokens',
    {},
    token,
  )) {
    if (!name.startsWith(prefix)) continue;
    await client.ask(`/api/v1/tokens/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    });
  }
}

/** Steady load on a cluster: many connections, each asking one thing after another, and a record of every one. */
import { randomBytes } from 'node:crypto';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient, Uploaded } from './client.ts';
import type { Kind, Sample } from './samples.ts';
import { type Done, failure, type Specimen, Visitor } from './visitor.ts';

export interface LoadOptions {
  /** Connections that read. Default 16. */
  readers?: number;
  /** Connections that upload files of 20 kB with an Idempotency-Key. Default 2. */
  writers?: number;
  /** Connections that sign in, once a second each. Default 1. */
  signIns?: number;
  /** Connections that write to the API without a key, four times a second each. Default 1. */
  bare?: number;
  /** Milliseconds that a connection rests after each answer, so that the load is steady and not the machine's limit. Default 25. */
  restMs?: number;
  /** Milliseconds after which a request is given up. Default 20 s: longer than anything may be held. */
  deadlineMs?: number;
}

export interface Load {
  /** Every request that has ended so far. */
  readonly samples: readonly Sample[];
  /** Every upload that was acknowledged: each must be there, with that hash, for ever after. */
  readonly ledger: readonly Uploaded[];
  /** The ids of the tokens that were acknowledged: each must be listed by every portal. */
  readonly tokens: readonly string[];
  /** Asks nothing new, and returns when what runs has ended. */
  stop(): Promise<void>;
}

/** Files to read, of sizes from 1 kB to 300 kB. */
export async function plantSpecimens(client: ClusterClient, count = 6): Promise<Specimen[]> {
  const planted: Specimen[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = randomBytes(Math.round(1_000 * 300 ** (i / Math.max(1, count - 1))));
    const made = await client.upload({ name: `drill-read-${i}.bin`, bytes });
    planted.push({ url: made.url, bytes, sha256: made.sha256 });
  }
  return planted;
}

export async function startLoad(
  client: ClusterClient,
  specimens: readonly Specimen[],
  options: LoadOptions = {},
): Promise<Load> {
  const { readers = 16, writers = 2, signIns = 1, bare = 1, restMs = 25, deadlineMs = 20_000 } = options;
  const samples: Sample[] = [];
  const ledger: Uploaded[] = [];
  const tokens: string[] = [];
  const token = await client.token('publisher');
  const adminToken = bare > 0 ? await client.token('admin') : '';
  const password = signIns > 0 ? await client.adminPassword() : '';
  let running = true;

  /** One connection that does one thing after the other, turn by turn, until the load ends. */
  const visitor = async (rest: number, turnOf: (visitor: Visitor, turn: number) => [Kind, Promise<Done>]) => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: client.ca, servername: 'localhost' });
    const one = new Visitor(client.baseUrl, agent, deadlineMs);
    for (let turn = 0; running; turn++) {
      const start = performance.now();
      const [kind, doing] = turnOf(one, turn);
      const { outcome, node, why, status, ...times } = await doing.catch(failure);
      samples.push({ kind, outcome, node, why, status, start, end: performance.now(), ...times });
      await pause(rest);
    }
    agent.destroy();
  };
  const read =
    (n: number) =>
    (one: Visitor, turn: number): [Kind, Promise<Done>] => {
      const specimen = specimens[(n + turn) % specimens.length];
      const { kind, url, range } = readingPlan(n + turn);
      if (kind === 'media' && specimen) return [kind, one.readMedia(specimen, range)];
      return [kind, one.read(url, kind === 'api' ? token : undefined)];
    };

  const times = (count: number, start: (n: number) => Promise<void>) =>
    Array.from({ length: count }, (_, n) => start(n));
  const all = [
    ...times(readers, (n) => visitor(restMs, read(n))),
    ...times(writers, () => visitor(restMs * 4, (one) => ['write', one.upload(token, ledger)])),
    ...times(signIns, () => visitor(1_000, (one) => ['sign-in', one.signIn('admin', password)])),
    ...times(bare, () => visitor(250, (one) => ['bare', one.makeToken(adminToken, tokens)])),
  ];
  return {
    samples,
    ledger,
    tokens,
    async stop() {
      running = false;
      await Promise.all(all);
    },
  };
}

/** Which turn asks what: half pages, three of eight files (one a range), one of eight the API's list. */
export function readingPlan(turn: number): { kind: Kind; url: string; range: boolean } {
  const step = turn % 8;
  if (step === 2 || step === 5) return { kind: 'media', url: '', range: false };
  if (step === 7) return { kind: 'media', url: '', range: true };
  if (step === 4) return { kind: 'api', url: '/api/v1/media?limit=5', range: false };
  // Half of the pages with a query of their own, which no cache has seen: those reach a portal.
  return { kind: 'page', url: step % 2 === 0 ? '/' : `/?drill=${turn}`, range: false };
}

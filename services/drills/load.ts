/** Steady load on a cluster: many connections, each asking one thing after another, and a record of every one. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient, Uploaded } from './client.ts';
import { type Answer, type Ask, ask, CutOff, multipart } from './http.ts';
import type { Kind, Outcome, Sample } from './samples.ts';

export interface LoadOptions {
  /** Connections that read. Default 16. */
  readers?: number;
  /** Connections that upload files of 20 kB with an Idempotency-Key. Default 2. */
  writers?: number;
  /** Milliseconds that a connection rests after each answer, so that the load is steady and not the machine's limit. Default 25. */
  restMs?: number;
  /** Milliseconds after which a request is given up. Default 20 s: longer than anything may be held. */
  deadlineMs?: number;
}

/** What the load reads: files whose every byte is known. */
export interface Specimen {
  url: string;
  bytes: Buffer;
  sha256: string;
}

export interface Load {
  /** Every request that has ended so far. */
  readonly samples: readonly Sample[];
  /** Every upload that was acknowledged: each must be there, with that hash, for ever after. */
  readonly ledger: readonly Uploaded[];
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
  const { readers = 16, writers = 2, restMs = 25, deadlineMs = 20_000 } = options;
  const samples: Sample[] = [];
  const ledger: Uploaded[] = [];
  const token = await client.token('publisher');
  let running = true;

  const record = async (kind: Kind, work: () => Promise<Done>) => {
    const start = performance.now();
    const done = await work().catch(failure);
    const { node, why, status } = done;
    samples.push({ kind, start, end: performance.now(), outcome: done.outcome, node, why, status });
  };

  const reader = async (n: number) => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: client.ca, servername: 'localhost' });
    const send = (url: string, more: Ask = {}) =>
      ask(new URL(url, client.baseUrl), { agent, deadlineMs, ...more });
    for (let turn = n; running; turn++) {
      const specimen = specimens[turn % specimens.length];
      const what = readingPlan(turn);
      await record(what.kind, async () => {
        if (what.kind === 'media' && specimen) return readMedia(send, specimen, what.range);
        const headers = what.kind === 'api' ? { authorization: `Bearer ${token}` } : {};
        return judge(await send(what.url, { headers }), 200);
      });
      await pause(restMs);
    }
    agent.destroy();
  };

  const writer = async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: client.ca, servername: 'localhost' });
    while (running) {
      await record('write', () => writeMedia(client, token, agent, deadlineMs, ledger));
      await pause(restMs * 4);
    }
    agent.destroy();
  };

  const all = [
    ...Array.from({ length: readers }, (_, n) => reader(n)),
    ...Array.from({ length: writers }, writer),
  ];
  return {
    samples,
    ledger,
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

interface Done {
  outcome: Outcome;
  node?: string | undefined;
  status?: number;
  why?: string;
}

function judge(answer: Answer, expected: number): Done {
  const { status, node } = answer;
  if (status === expected) return { outcome: 'ok', node, status };
  return { outcome: 'failed', node, status, why: `${status} ${answer.text().slice(0, 120)}` };
}

function failure(error: Error & { code?: string }): Done {
  const outcome = error instanceof CutOff ? 'cut-off' : 'failed';
  return { outcome, why: error.code ? `${error.code} ${error.message}` : error.message };
}

async function readMedia(
  send: (url: string, more?: Ask) => Promise<Answer>,
  specimen: Specimen,
  range: boolean,
): Promise<Done> {
  const first = Math.floor(specimen.bytes.length / 3);
  const last = Math.floor(specimen.bytes.length / 2);
  const answer = await send(specimen.url, range ? { headers: { range: `bytes=${first}-${last}` } } : {});
  const done = judge(answer, range ? 206 : 200);
  if (done.outcome !== 'ok') return done;
  const expected = range ? specimen.bytes.subarray(first, last + 1) : specimen.bytes;
  if (answer.body.equals(expected)) return done;
  return { ...done, outcome: 'failed', why: `wrong bytes in ${specimen.url}` };
}

/** One upload; when it is not answered, or with a 5xx, the client's one retry with the same key. */
async function writeMedia(
  client: ClusterClient,
  token: string,
  agent: https.Agent,
  deadlineMs: number,
  ledger: Uploaded[],
): Promise<Done> {
  const key = randomUUID();
  const bytes = randomBytes(20_000);
  const form = multipart({ name: `drill-write-${key}.bin`, bytes });
  const headers = { ...form.headers, authorization: `Bearer ${token}`, 'idempotency-key': key };
  const send = async (): Promise<Done> => {
    const options = { method: 'POST', headers, body: form.body, agent, deadlineMs };
    const answer = await ask(new URL('/api/v1/media', client.baseUrl), options);
    const done = judge(answer, 201);
    if (done.outcome !== 'ok') return done;
    const made = answer.json<Uploaded>();
    ledger.push(made);
    if (made.sha256 === createHash('sha256').update(bytes).digest('hex')) return done;
    return { ...done, outcome: 'failed', why: `the receipt for ${made.id} bears another hash` };
  };
  const first = await send().catch(failure);
  if (first.outcome === 'ok' || (first.status !== undefined && first.status < 500)) return first;
  const second = await send().catch(failure);
  if (second.outcome !== 'ok') return { ...second, why: `${first.why}; then ${second.why}` };
  return { ...second, outcome: 'second-try', why: first.why ?? '' };
}

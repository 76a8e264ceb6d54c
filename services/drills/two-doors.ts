/** Load through both load balancers with the client library: every answer is kept, and every write happens once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PorticoClient } from '../client/client.ts';
import type { ClusterClient, Uploaded } from './client.ts';
import { multipart } from './http.ts';

export interface Passed {
  method: 'GET' | 'POST';
  start: number;
  ms: number;
  /** 0: nobody answered. */
  status: number;
  /** The load balancer that answered. */
  address: string;
  /** Why each earlier try was none; of a request that failed, why it did. */
  failed: string[];
}

export interface TwoDoorLoad {
  readonly passed: readonly Passed[];
  /** The names under which something was uploaded, acknowledged or not; and what was acknowledged. */
  readonly sent: readonly string[];
  readonly ledger: readonly Uploaded[];
  stop(): Promise<void>;
}

export async function loadThroughBoth(
  client: ClusterClient,
  addresses: readonly string[],
  { readers = 6, writers = 2, restMs = 25 } = {},
): Promise<TwoDoorLoad> {
  const portico = new PorticoClient({ addresses, ca: client.ca, token: await client.token('publisher') });
  const passed: Passed[] = [];
  const [sent, ledger]: [string[], Uploaded[]] = [[], []];
  let running = true;

  const record = async (method: Passed['method'], path: string, form?: ReturnType<typeof multipart>) => {
    const start = performance.now();
    const done = (status: number, address: string, failed: string[]) =>
      passed.push({ method, start, ms: performance.now() - start, status, address, failed });
    try {
      const answer = await portico.request(path, { method, ...form });
      done(answer.status, answer.address, answer.failed);
      return answer;
    } catch (error) {
      done(0, '', [(error as Error).message]);
      return undefined;
    }
  };
  const reader = async () => {
    // A query that no cache has seen: each reaches a portal.
    while (running) await record('GET', `/?two-lbs=${randomUUID()}`).then(() => pause(restMs));
  };
  const writer = async () => {
    while (running) {
      const name = `two-lbs-${randomUUID()}.bin`;
      sent.push(name);
      const answer = await record('POST', '/api/v1/media', multipart({ name, bytes: randomBytes(2_000) }));
      if (answer?.status === 201) ledger.push(answer.json<Uploaded>());
      await pause(restMs * 4);
    }
  };
  const all = [...Array.from({ length: readers }, reader), ...Array.from({ length: writers }, writer)];
  return {
    passed,
    sent,
    ledger,
    async stop() {
      running = false;
      await Promise.all(all);
      portico.close();
    },
  };
}

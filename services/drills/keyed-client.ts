/** A program that does as it is told to: each write has an Idempotency-Key and is sent until it is answered. */
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient } from './client.ts';
import { type Answer, type Ask, ask } from './http.ts';

export interface KeyedWrite {
  key: string;
  method: 'POST' | 'DELETE';
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
  /** The client hangs up on its first try after so many milliseconds, and does not know what became of it. */
  hangUpMs: number | undefined;
}

export interface KeyedAnswer {
  write: KeyedWrite;
  /** What must be the same again. */
  status: number;
  location: string | undefined;
  text: string;
  replayed: boolean;
  /** Why each earlier try was none: `503`, `ECONNRESET`, `hung up`. */
  failed: string[];
  ms: number;
}

/** Milliseconds for one try: longer than anything may be held. */
const TRY_MS = 15_000;
/** And for all of them. */
const PATIENCE_MS = 120_000;

/** One connection through the load balancer, and one write at a time. */
export function keyedClient(cluster: ClusterClient) {
  const agent = new https.Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: cluster.ca,
    servername: 'localhost',
  });

  async function once(write: KeyedWrite, deadlineMs: number): Promise<Answer | string> {
    const { method, path, headers, body, key } = write;
    const options: Ask = { method, headers: { ...headers, 'idempotency-key': key }, agent, deadlineMs };
    try {
      const answer = await ask(new URL(path, cluster.baseUrl), body ? { ...options, body } : options);
      return answer.status >= 500 || answer.status === 429 ? String(answer.status) : answer;
    } catch (error) {
      return (
        (error as { code?: string }).code ?? (deadlineMs < TRY_MS ? 'hung up' : (error as Error).message)
      );
    }
  }

  return {
    /** @throws Error nobody answered for two minutes */
    async write(write: KeyedWrite): Promise<KeyedAnswer> {
      const began = performance.now();
      const failed: string[] = [];
      for (;;) {
        const answer = await once(write, failed.length === 0 ? (write.hangUpMs ?? TRY_MS) : TRY_MS);
        const ms = performance.now() - began;
        if (typeof answer !== 'string') {
          const { status, headers } = answer;
          const replayed = headers['idempotency-replayed'] === 'true';
          return { write, status, location: headers.location, text: answer.text(), replayed, failed, ms };
        }
        failed.push(answer);
        if (ms > PATIENCE_MS)
          throw new Error(`${write.method} ${write.path} was never answered: ${failed.join(', ')}`);
        await pause(Math.min(1_000, 50 * 2 ** failed.length) * (0.5 + Math.random() / 2));
      }
    },
    close: () => agent.destroy(),
  };
}

export type KeyedClient = ReturnType<typeof keyedClient>;

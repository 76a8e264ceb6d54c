/**
 * For programs that talk to Portico through more than one load balancer. It knows several addresses, asks them in turn,
 * and when one fails sends again, elsewhere, what may be sent again: what is idempotent by its method, and every write,
 * for each gets an Idempotency-Key of its own and so happens once. Needs nothing but Node.
 *
 *     const portico = new PorticoClient({ addresses: ['https://a:8443', 'https://b:8443'], ca, token });
 *     const answer = await portico.request('/api/v1/media', { method: 'POST', headers, body });
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { type Attempt, attempt, type Received } from './attempt.ts';
import { type Address, chooseAddress, keyFor, type Outcome, planNext, retryAfterMs } from './plan.ts';

export interface ClientOptions {
  /** `https://host:port` of each load balancer. */
  addresses: readonly string[];
  /** The certificate (PEM) to trust, if not one that everybody knows. */
  ca?: string;
  /** The name that every address's certificate bears, where it is not the address's own. */
  serverName?: string;
  /** An access token: `Authorization: Bearer …`. */
  token?: string;
  /** Milliseconds for a request with all of its tries. Default 60 s. */
  deadlineMs?: number;
  /** Milliseconds for one try. Default 20 s: longer than Portico holds a write while its database fails over. */
  tryMs?: number;
  /** Milliseconds for a connection, with TLS. Default 1.5 s. */
  connectMs?: number;
  /** Milliseconds without a byte after which the address is asked whether it lives. Default 1.5 s. */
  silenceMs?: number;
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  /** Sent again as it is. For files that are too large to hold there are resumable uploads (tus). */
  body?: string | Uint8Array;
  /** Default: a new one for each write. false: none, and a write that got lost is not sent again. */
  idempotencyKey?: string | false;
  deadlineMs?: number;
  signal?: AbortSignal;
}

export interface ClientAnswer extends Received {
  /** Who gave it. */
  address: string;
  /** Why each earlier try was none; empty when the first one was answered. */
  failed: string[];
  text(): string;
  json<T = unknown>(): T;
}

/** Nobody gave a whole answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** Why each try failed. */
  readonly failed: string[];
  /** A try was sent, so the request may have been carried out all the same. */
  readonly mayBeDone: boolean;

  constructor(what: string, failed: string[], mayBeDone: boolean) {
    super(`${what} was not answered: ${failed.join(' · ')}`);
    this.failed = failed;
    this.mayBeDone = mayBeDone;
  }
}

/** Milliseconds for which an address that failed is asked last; then one request finds out. */
const BAD_MS = 2_000;
const ALIVE_MS = 1_000;

interface Known extends Address {
  agent: http.Agent | https.Agent;
}

export class PorticoClient {
  readonly #options: Required<Pick<ClientOptions, 'deadlineMs' | 'tryMs' | 'connectMs' | 'silenceMs'>>;
  readonly #tls: Attempt['tls'];
  readonly #token: string | undefined;
  readonly #addresses: Known[];
  #turn = 0;

  constructor({ addresses, ca, serverName, token, ...times }: ClientOptions) {
    if (addresses.length === 0) throw new TypeError('A client needs at least one address.');
    this.#options = { deadlineMs: 60_000, tryMs: 20_000, connectMs: 1_500, silenceMs: 1_500, ...times };
    this.#tls = { ...(ca !== undefined && { ca }), ...(serverName && { servername: serverName }) };
    this.#token = token;
    this.#addresses = addresses.map((url) => {
      const kind = new URL(url).protocol === 'https:' ? https : http;
      return { url, badUntil: 0, agent: new kind.Agent({ keepAlive: true }) };
    });
  }

  /**
   * @returns the first answer that is more than "not now"; when the deadline comes, that one
   * @throws NoAnswer; the signal's reason, when the caller gave it up
   */
  async request(path: string, options: RequestOptions = {}): Promise<ClientAnswer> {
    const { method = 'GET', body, signal, deadlineMs = this.#options.deadlineMs } = options;
    const { key, repeatable } = keyFor(method, options.idempotencyKey, randomUUID);
    const headers: Record<string, string> = {
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      ...options.headers,
    };
    const deadline = performance.now() + deadlineMs;
    const failed: string[] = [];
    const tried = new Set<Known>();
    let mayBeDone = false;
    for (;;) {
      if (tried.size === this.#addresses.length) tried.clear();
      const address = this.#choose(tried);
      tried.add(address);
      const tryMs = Math.max(1, Math.min(this.#options.tryMs, deadline - performance.now()));
      const url = new URL(path, address.url);
      const ended = await this.#try(address, { url, method, headers, body, tryMs, signal }, repeatable);
      signal?.throwIfAborted();

      const outcome: Outcome = 'received' in ended ? asOutcome(ended.received) : ended.outcome;
      const next = planNext({
        outcome,
        repeatable,
        tries: failed.length + 1,
        untried: this.#addresses.length - tried.size,
        leftMs: deadline - performance.now(),
        chance: Math.random(),
      });
      // A write that failed at once elsewhere may still have been carried out by the try before.
      mayBeDone ||= outcome.kind === 'lost' || outcome.kind === 'answer';
      address.badUntil = next.again || !('received' in ended) ? performance.now() + BAD_MS : 0;
      if (!next.again && 'received' in ended) return asAnswer(ended.received, address.url, failed);
      failed.push(`${address.url}: ${next.why}`);
      if (!next.again) throw new NoAnswer(`${method} ${path}`, failed, mayBeDone);
      if (next.afterMs > 0) {
        await pause(next.afterMs, undefined, { signal }).catch((error) => {
          signal?.throwIfAborted();
          throw error;
        });
        tried.clear();
      }
    }
  }

  /** Ends the idle connections. */
  close(): void {
    for (const { agent } of this.#addresses) agent.destroy();
  }

  #choose(tried: ReadonlySet<Known>): Known {
    const now = performance.now();
    const address = chooseAddress(this.#addresses, tried, this.#turn++, now) as Known;
    // Of many requests one alone finds out whether it is well again.
    if (address.badUntil !== 0) address.badUntil = now + BAD_MS;
    return address;
  }

  #try(
    address: Known,
    what: Pick<Attempt, 'url' | 'method' | 'headers' | 'body' | 'tryMs' | 'signal'>,
    repeatable: boolean,
  ): ReturnType<typeof attempt> {
    const { connectMs, silenceMs } = this.#options;
    const elsewhere = repeatable && this.#addresses.length > 1;
    return attempt({
      ...what,
      // A connection that is used again may just be closing: what cannot be repeated gets one of its own.
      agent: repeatable && address.agent,
      tls: this.#tls,
      connectMs,
      silenceMs,
      isAlive: elsewhere ? () => this.#isAlive(address) : undefined,
    });
  }

  /** Any answer will do: who gives one is not frozen, and slow is only the request. */
  async #isAlive(address: Known): Promise<boolean> {
    const url = new URL('/-/lb/live', address.url);
    const times = { connectMs: ALIVE_MS, tryMs: ALIVE_MS, silenceMs: ALIVE_MS };
    const plain = { url, method: 'GET', headers: {}, body: undefined, agent: false as const, tls: this.#tls };
    return 'received' in (await attempt({ ...plain, ...times }));
  }
}

function asOutcome({ status, headers }: Received): Outcome {
  return { kind: 'answer', status, retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()) };
}

function asAnswer(received: Received, address: string, failed: string[]): ClientAnswer {
  const text = () => received.body.toString('utf8');
  return { ...received, address, failed, text, json: <T>() => JSON.parse(text()) as T };
}

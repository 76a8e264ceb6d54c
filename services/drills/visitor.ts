/** Each kind of request that the load makes, and how its end counts. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type https from 'node:https';
import type { Uploaded } from './client.ts';
import { type Answer, type Ask, ask, CutOff, multipart } from './http.ts';
import type { Outcome } from './samples.ts';

/** What the load reads: files whose every byte is known. */
export interface Specimen {
  url: string;
  bytes: Buffer;
  sha256: string;
}

export interface Done {
  outcome: Outcome;
  node?: string | undefined;
  status?: number;
  why?: string;
  /** When what is measured began and ended, where more than that was done. */
  start?: number;
  end?: number;
}

/** One client with a connection of its own. */
export class Visitor {
  readonly #baseUrl: string;
  readonly #agent: https.Agent;
  readonly #deadlineMs: number;

  constructor(baseUrl: string, agent: https.Agent, deadlineMs: number) {
    this.#baseUrl = baseUrl;
    this.#agent = agent;
    this.#deadlineMs = deadlineMs;
  }

  #send(url: string, more: Ask = {}): Promise<Answer> {
    return ask(new URL(url, this.#baseUrl), { agent: this.#agent, deadlineMs: this.#deadlineMs, ...more });
  }

  async read(url: string, token?: string): Promise<Done> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return judge(await this.#send(url, { headers }), 200);
  }

  async readMedia(specimen: Specimen, range: boolean): Promise<Done> {
    const first = Math.floor(specimen.bytes.length / 3);
    const last = Math.floor(specimen.bytes.length / 2);
    const headers: Record<string, string> = range ? { range: `bytes=${first}-${last}` } : {};
    const answer = await this.#send(specimen.url, { headers });
    const done = judge(answer, range ? 206 : 200);
    if (done.outcome !== 'ok') return done;
    const expected = range ? specimen.bytes.subarray(first, last + 1) : specimen.bytes;
    if (answer.body.equals(expected)) return done;
    return { ...done, outcome: 'failed', why: `wrong bytes in ${specimen.url}` };
  }

  /** One upload; when it is not answered, or with a 5xx, the client's one retry with the same key. */
  async upload(token: string, ledger: Uploaded[]): Promise<Done> {
    const key = randomUUID();
    const bytes = randomBytes(20_000);
    const form = multipart({ name: `drill-write-${key}.bin`, bytes });
    const headers = { ...form.headers, authorization: `Bearer ${token}`, 'idempotency-key': key };
    return this.#twice(async () => {
      const answer = await this.#send('/api/v1/media', { method: 'POST', headers, body: form.body });
      const done = judge(answer, 201);
      if (done.outcome !== 'ok') return done;
      const made = answer.json<Uploaded>();
      ledger.push(made);
      if (made.sha256 === createHash('sha256').update(bytes).digest('hex')) return done;
      return { ...done, outcome: 'failed', why: `the receipt for ${made.id} bears another hash` };
    });
  }

  /**
   * As a person's browser signs in, with a key, so that it may be tried once more; then the session is used. Measured is
   * the sign-in alone: what is read before and after it waits as every read does.
   */
  async signIn(name: string, password: string): Promise<Done> {
    const first = await this.#send('/api/v1/session');
    if (first.status !== 200) return judge(first, 200);
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      cookie: cookies(first),
      'x-csrf-token': first.json<{ csrfToken: string }>().csrfToken,
    };
    let session = '';
    const start = performance.now();
    const done = await this.#twice(async () => {
      const body = JSON.stringify({ name, password });
      const answer = await this.#send('/api/v1/session', { method: 'POST', headers, body });
      session = cookies(answer);
      return judge(answer, 201);
    });
    const measured = { ...done, start, end: performance.now() };
    if (done.outcome !== 'ok' && done.outcome !== 'second-try') return measured;
    const known = await this.#send('/api/v1/session', { headers: { cookie: session } });
    const seen = judge(known, 200);
    if (seen.outcome !== 'ok') return seen;
    if (known.json<{ user?: { name: string } }>().user?.name === name) return measured;
    return { ...done, outcome: 'failed', why: 'signed in, and not known at the next request' };
  }

  /** A write without a key: nobody may send it again, so what became of it when its portal died, nobody knows. */
  async makeToken(adminToken: string, made: string[]): Promise<Done> {
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ name: `drill-${randomUUID().slice(0, 13)}`, role: 'reader' });
    try {
      const answer = await this.#send('/api/v1/tokens', { method: 'POST', headers, body });
      const done = judge(answer, 201);
      if (done.outcome === 'ok') made.push(answer.json<{ id: string }>().id);
      // The load balancer's words for "it was sent, and its portal went".
      return LOST.has(answer.status) ? { ...done, outcome: 'unsettled' } : done;
    } catch (error) {
      return { ...failure(error as Error), outcome: 'unsettled' };
    }
  }

  async #twice(send: () => Promise<Done>): Promise<Done> {
    const first = await send().catch(failure);
    if (first.outcome === 'ok' || (first.status !== undefined && first.status < 500)) return first;
    const second = await send().catch(failure);
    if (second.outcome === 'refused') return second;
    if (second.outcome !== 'ok') return { ...second, why: `${first.why}; then ${second.why}` };
    return { ...second, outcome: 'second-try', why: first.why ?? '' };
  }
}

const LOST = new Set([502, 504]);

function judge(answer: Answer, expected: number): Done {
  const { status, node } = answer;
  if (status === expected) return { outcome: 'ok', node, status };
  const later = status === 503 && Number(answer.headers['retry-after']) > 0;
  return {
    outcome: later ? 'refused' : 'failed',
    node,
    status,
    why: `${status} ${answer.text().slice(0, 120)}`,
  };
}

export function failure(error: Error & { code?: string }): Done {
  const outcome = error instanceof CutOff ? 'cut-off' : 'failed';
  return { outcome, why: error.code ? `${error.code} ${error.message}` : error.message };
}

const cookies = (answer: Answer): string => answer.setCookie.map((line) => line.split(';')[0]).join('; ');

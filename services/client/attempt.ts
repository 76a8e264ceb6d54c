/** One try at one address. It never throws: how it ended is what `planNext` wants to know. */
import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Outcome } from './plan.ts';

export interface Attempt {
  url: URL;
  method: string;
  headers: http.OutgoingHttpHeaders;
  body: string | Uint8Array | undefined;
  /** false: a connection of its own. */
  agent: http.Agent | https.Agent | false;
  tls: { ca?: string; servername?: string };
  /** For the connection, with TLS: milliseconds. */
  connectMs: number;
  /** For the whole try: milliseconds. */
  tryMs: number;
  /** Asked each time that nothing came for `silenceMs`: whether the address still lives. A frozen one is given up. */
  isAlive?: (() => Promise<boolean>) | undefined;
  silenceMs: number;
  signal?: AbortSignal | undefined;
}

export interface Received {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export type Ended = { received: Received } | { outcome: Exclude<Outcome, { kind: 'answer' }> };

/** What Node's TLS calls a certificate that it does not trust, or that is somebody else's. */
const UNTRUSTED = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(VERIFY|GET_ISSUER))/;

export function attempt(options: Attempt): Promise<Ended> {
  const { url, method, headers, body, agent, tls, connectMs, tryMs, isAlive, silenceMs, signal } = options;
  return new Promise((resolve) => {
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, { method, headers, agent, ...(secure && tls) });
    let sent = false;
    let heardAt = performance.now();

    const connecting = setTimeout(() => give(`no connection within ${connectMs} ms`), connectMs);
    const whole = setTimeout(() => give(`no whole answer within ${tryMs} ms`), tryMs);
    const listening = setInterval(() => void listen(), silenceMs / 3);
    const abort = () => give('given up by the caller');

    let asking = false;
    async function listen(): Promise<void> {
      if (!isAlive || !sent || asking || performance.now() - heardAt < silenceMs) return;
      asking = true;
      if (!(await isAlive())) give('the address has fallen silent');
      asking = false;
    }
    function give(why: string): void {
      fail(new Error(why));
      request.destroy();
    }
    const settle = (ended: Ended) => {
      clearTimeout(connecting);
      clearTimeout(whole);
      clearInterval(listening);
      signal?.removeEventListener('abort', abort);
      resolve(ended);
    };
    function fail(error: NodeJS.ErrnoException): void {
      const unsent = UNTRUSTED.test(error.code ?? '') ? 'untrusted' : 'unsent';
      settle({ outcome: { kind: sent ? 'lost' : unsent, why: error.message || String(error.code) } });
    }

    request.on('socket', (socket) => {
      const connected = () => {
        clearTimeout(connecting);
        sent = true;
        heardAt = performance.now();
      };
      // Node writes a request only when the connection stands; one that is used again stands already.
      if (request.reusedSocket) connected();
      else (socket as TLSSocket).once(secure ? 'secureConnect' : 'connect', connected);
    });
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        heardAt = performance.now();
        chunks.push(chunk);
      });
      response.on('error', fail); // also when it was cut off half-way
      response.on('end', () => {
        const { statusCode: status = 0, headers: its } = response;
        settle({ received: { status, headers: its, body: Buffer.concat(chunks) } });
      });
    });
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    else request.end(body);
  });
}

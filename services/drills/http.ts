/** The client of drills and tests: one request, nothing hidden. No redirect is followed, nothing is tried again. */
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer | Readable;
  agent?: http.Agent | https.Agent;
  /** The certificate that the server must prove, if it is not one that everybody knows. */
  ca?: string | undefined;
  /** Milliseconds for the whole exchange. Default 30 s. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  setCookie: string[];
  body: Buffer;
  text(): string;
  json<T = unknown>(): T;
  /** The portal that answered, by `X-Portico-Node`. */
  node: string | undefined;
  ms: number;
}

/** The answer began and did not end: what a range request, or a retry with the same key, can still complete. */
export class CutOff extends Error {
  override readonly name = 'CutOff';
}

/** @throws CutOff; Error when the connection failed or the deadline passed */
export function ask(url: string | URL, options: Ask = {}): Promise<Answer> {
  const target = new URL(url);
  const { method = 'GET', headers = {}, body, agent, ca, deadlineMs = 30_000, signal } = options;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const secure = target.protocol === 'https:';
    const request = (secure ? https : http).request(target, {
      method,
      headers,
      ...(agent ? { agent } : { agent: false }),
      ...(secure && ca !== undefined ? { ca, servername: 'localhost' } : {}),
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
    const abort = () => request.destroy(new Error('given up by the client'));
    signal?.addEventListener('abort', abort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => fail(new CutOff(`the answer was cut off: ${error.message}`)));
      response.on('end', () => {
        if (!response.complete) return fail(new CutOff('the answer was cut off'));
        settle();
        const bytes = Buffer.concat(chunks);
        const node = response.headers['x-portico-node'];
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          setCookie: response.headers['set-cookie'] ?? [],
          body: bytes,
          text: () => bytes.toString('utf8'),
          json: <T>() => JSON.parse(bytes.toString('utf8')) as T,
          node: typeof node === 'string' ? node : undefined,
          ms: performance.now() - began,
        });
      });
    });
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
      request.end(body);
    } else {
      body.on('error', (error: Error) => request.destroy(error));
      body.pipe(request);
    }
  });
}

/** A multipart body with fields before the one file, as the API wants it. */
export function multipart(
  file: { name: string; bytes: Buffer; type?: string },
  fields: Record<string, string> = {},
): { body: Buffer; headers: Record<string, string> } {
  const boundary = `portico-${Math.random().toString(36).slice(2)}`;
  // What WHATWG's form encoding does with a quote or a line break in a file's name.
  const name = file.name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const parts: Buffer[] = Object.entries(fields).map(([field, value]) =>
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`),
  );
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n`;
  parts.push(
    Buffer.from(`${head}content-type: ${file.type ?? 'application/octet-stream'}\r\n\r\n`),
    file.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  );
  const body = Buffer.concat(parts);
  return {
    body,
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(body.length),
    },
  };
}

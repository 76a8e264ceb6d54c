/** Files that are too large to hold, to a portal and from one: each in one try, since asking again is harmless. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { PorticoError } from '../platform/errors.ts';
import { type Connection, refusal } from './client.ts';
import { fileForm } from './multipart.ts';

/** Without a byte in either direction for so long: ms. */
const SILENCE_MS = 120_000;

/** @returns the body, which fails when it is cut off @throws PorticoError with the portal's own sentence */
export async function download(where: Connection, path: string): Promise<http.IncomingMessage> {
  const { request, answered } = begin(where, path, { method: 'GET', headers: {} });
  request.end();
  const response = await answered;
  if (response.statusCode === 200) return response;
  throw refusal(response.statusCode!, await text(response));
}

/** As a form with one file. @returns the answer's JSON @throws PorticoError with the portal's own sentence */
export async function upload<T>(where: Connection, path: string, file: string): Promise<T> {
  const { size } = await stat(file);
  const form = fileForm(basename(file), size);
  const headers = {
    'content-type': form.type,
    'content-length': String(form.length),
    'idempotency-key': randomUUID(),
  };
  const { request, answered } = begin(where, path, { method: 'POST', headers });
  const sent = pipeline(async function* () {
    yield form.before;
    yield* createReadStream(file);
    yield form.after;
  }, request);
  // A portal that refuses answers before the last byte, and then reads no more.
  sent.catch(() => {});
  const response = await answered.catch(async (error: unknown) => {
    await sent;
    throw error;
  });
  const body = await text(response);
  if (response.statusCode! < 300) return JSON.parse(body) as T;
  throw refusal(response.statusCode!, body);
}

function begin(
  { addresses, token, ca }: Connection,
  path: string,
  { method, headers }: { method: string; headers: Record<string, string> },
) {
  const url = new URL(path, addresses[0]);
  const kind = url.protocol === 'https:' ? https : http;
  const request = kind.request(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(ca !== undefined && { ca }),
    timeout: SILENCE_MS,
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('timeout', () => request.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
    request.once('error', (cause) =>
      reject(new PorticoError('internal', `${url.origin} did not answer: ${cause.message}.`, { cause })),
    );
  });
  return { request, answered };
}

/** The tus protocol as a program speaks it that does as it is told, politely or not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Answer, Ask } from '../../drills/http.ts';
import type { TestCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';

export const UPLOADS = '/api/v1/uploads';

export interface Speaker {
  speak(method: string, path: string, options?: Ask): Promise<Answer>;
  create(length: number | undefined): Promise<{ at: string; answer: Answer }>;
  patch: (
    path: string,
    offset: number,
    body: Buffer | Readable,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ) => Promise<Answer>;
  reaches(path: string, offset: number): Promise<void>;
  isKept(id: string, name: string, bytes: Buffer): Promise<void>;
}

/** The name of what `create` creates. */
export const RAW_NAME = 'tus-raw.bin';

export function speaker(client: TestCluster, token: string): Speaker {
  function speak(method: string, path: string, { headers, ...options }: Ask = {}): Promise<Answer> {
    const usual = { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' };
    return client.ask(path, { method, headers: { ...usual, ...headers }, ...options });
  }

  async function create(length: number | undefined): Promise<{ at: string; answer: Answer }> {
    const size: Record<string, string> =
      length === undefined ? { 'upload-defer-length': '1' } : { 'upload-length': String(length) };
    const headers = { ...size, 'upload-metadata': metadata({ filename: RAW_NAME }) };
    const answer = await speak('POST', UPLOADS, { headers });
    assert.equal(answer.status, 201, answer.text());
    return { at: String(answer.headers.location), answer };
  }

  function patch(
    path: string,
    offset: number,
    body: Buffer | Readable,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Answer> {
    return speak('PATCH', path, {
      headers: {
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
        ...headers,
      },
      body,
      ...(signal && { signal }),
    });
  }

  /** GET asks nobody to let go of the upload, as HEAD does. */
  async function reaches(path: string, offset: number): Promise<void> {
    await until(`${offset} bytes are acknowledged`, 25_000, async () => {
      const said = (await speak('GET', path)).json<{ offset: number }>();
      return said.offset >= offset || `${said.offset} are`;
    });
  }

  async function isKept(id: string, name: string, bytes: Buffer): Promise<void> {
    const answer = await client.ask(`/media/${id}/${name}`);
    assert.equal(answer.status, 200);
    assert.equal(sha256Of(answer.body), sha256Of(bytes));
  }

  return { speak, create, patch, reaches, isKept };
}

/** Bytes, and then nothing more, for as long as somebody listens. */
export function endless(bytes: Buffer): Readable {
  let sent = false;
  return new Readable({
    read() {
      if (!sent) this.push(bytes);
      sent = true;
    },
  });
}

export function isProblem(answer: Answer, status: number): void {
  assert.equal(answer.status, status, answer.text());
  assert.match(String(answer.headers['content-type']), /application\/problem\+json/);
  const problem = answer.json<{ status: number; detail: string }>();
  assert.equal(problem.status, status);
  assert.match(problem.detail, /\w+ .*[.…]$/);
  assert.equal(answer.headers['tus-resumable'], '1.0.0');
}

export function metadata(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

export function idOf(path: string): string {
  return String(path.split('/').at(-1));
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

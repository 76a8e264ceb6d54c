import { Readable } from 'node:stream';
import type { Request } from 'express';
import { PorticoError } from '../../../platform/errors.ts';
import type { Csrf } from '../../http/csrf.ts';
import { takeFile } from '../../http/multipart.ts';

/** What a multipart body has beside the file. */
const SLACK = 64 * 1024;

/** Hands the file of a multipart body to `take` as it comes. @throws PorticoError 'invalid', 'csrf', 'too-large'; what `take` throws */
export type ReceiveBundle = <T>(request: Request, take: (content: Readable) => Promise<T>) => Promise<T>;

export interface ReceiveBundleParts {
  csrf: Csrf;
  /** Bytes. */
  maxUpload: number;
  silenceMs?: number;
}

/** A field `_csrf` (or the header `X-CSRF-Token`), then `file`, which is never held in memory. */
export function bundleReceiver({ csrf, maxUpload, silenceMs }: ReceiveBundleParts): ReceiveBundle {
  return async (request, take) => {
    const isTrusted = csrf.checkHeaders(request);
    if (Number(request.headers['content-length'] ?? 0) > maxUpload + SLACK) throw tooLarge(maxUpload);
    return takeFile(request, {
      csrf,
      isTrusted,
      silenceMs,
      take: ({ content }) => take(Readable.from(within(content, maxUpload), { objectMode: false })),
    });
  };
}

async function* within(content: Readable, most: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    yield chunk;
  }
}

const tooLarge = (most: number) =>
  new PorticoError('too-large', `The file is larger than the limit of ${most} bytes.`);

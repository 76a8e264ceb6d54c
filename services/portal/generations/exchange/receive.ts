import { Readable } from 'node:stream';
import type { Request } from 'express';
import { PorticoError } from '../../../platform/errors.ts';
import type { Csrf } from '../../http/csrf.ts';
import { openForm } from '../../http/multipart.ts';

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
    let trusted = request.principal?.kind === 'token';
    if (!trusted) {
      csrf.checkOrigin(request);
      const header = request.headers['x-csrf-token'];
      if (header !== undefined) csrf.checkToken(request, header);
      trusted = header !== undefined;
    }
    if (Number(request.headers['content-length'] ?? 0) > maxUpload + SLACK) throw tooLarge(maxUpload);
    const form = await openForm(request, { silenceMs });
    try {
      for (;;) {
        const part = await form.next();
        if (part.kind === 'end')
          throw new PorticoError('invalid', 'The form has no field “file” with a file in it.');
        if (part.kind === 'file') {
          if (!trusted) csrf.checkToken(request, undefined);
          if (part.field !== 'file')
            throw new PorticoError('invalid', `The file must be in the field “file”, not “${part.field}”.`);
          const counted = Readable.from(within(part.content, maxUpload), { objectMode: false });
          return await take(counted).catch((error: unknown) => {
            throw form.fault() ?? error;
          });
        }
        if (part.field !== '_csrf')
          throw new PorticoError('invalid', `The field “${part.field}” is not known here.`);
        csrf.checkToken(request, part.value);
        trusted = true;
      }
    } finally {
      form.close();
    }
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

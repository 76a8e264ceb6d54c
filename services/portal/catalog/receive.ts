import { buffer } from 'node:stream/consumers';
import type { Request } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Given } from '../../specs/types.ts';
import type { Csrf } from '../http/csrf.ts';
import { openForm } from '../http/multipart.ts';

/** What is said of a description beside its bytes. */
export interface SpecWords {
  api?: string;
  version?: string;
  changelog?: string;
  replace?: boolean;
}

export interface ReceivedSpec extends SpecWords {
  given: Given;
}

/** @param said is filled in while it arrives: what was typed is known also of an upload that is refused */
export type ReceiveSpec = (request: Request, said?: SpecWords) => Promise<ReceivedSpec>;

/** Characters of a changelog are up to four bytes each. */
const FIELD_BYTES = 64 * 1024;
const SLACK = 128 * 1024;

/**
 * One description from a multipart body: fields `api`, `version`, `changelog` and `replace`, then `file`. It is kept in
 * memory, which its limit bounds: its thread needs it whole.
 * @throws PorticoError 'too-large', 'invalid', 'csrf', 'upload-aborted'
 */
export function specReceiver({ csrf, maxBytes }: { csrf: Csrf; maxBytes: number }): ReceiveSpec {
  const tooLarge = () =>
    new PorticoError('too-large', `An API description may have ${maxBytes / 2 ** 20} MiB.`);
  return async (request, received = {}) => {
    let trusted = request.principal?.kind === 'token';
    if (!trusted) {
      csrf.checkOrigin(request);
      const header = request.headers['x-csrf-token'];
      if (header !== undefined) csrf.checkToken(request, header);
      trusted = header !== undefined;
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes + SLACK) throw tooLarge();
    const form = await openForm(request, { fieldBytes: FIELD_BYTES });
    try {
      for (;;) {
        const part = await form.next();
        if (part.kind === 'end')
          throw new PorticoError('invalid', 'The form has no field “file” with a file in it.');
        if (part.kind === 'file') {
          if (!trusted) csrf.checkToken(request, undefined);
          if (part.field !== 'file')
            throw new PorticoError('invalid', `The file must be in the field “file”, not “${part.field}”.`);
          let size = 0;
          const counted = part.content.on('data', (chunk: Buffer) => {
            size += chunk.length;
            if (size > maxBytes) part.content.destroy(tooLarge());
          });
          const bytes = await buffer(counted).catch((error: unknown) => {
            throw form.fault() ?? error;
          });
          return { ...received, given: { name: part.name.slice(-255) || 'description', bytes } };
        }
        if (part.field === '_csrf') {
          csrf.checkToken(request, part.value);
          trusted = true;
        } else take(received, part.field, part.value);
      }
    } finally {
      form.close();
    }
  };
}

function take(received: SpecWords, field: string, value: string): void {
  if (field === 'replace') received.replace = /^(true|on|1|yes)$/.test(value);
  else if (field === 'api' || field === 'version' || field === 'changelog') {
    // An empty field of a form is one that was not filled in.
    if (value.trim() !== '') received[field] = value.trim();
  } else throw new PorticoError('invalid', `The field “${field}” is not known here.`);
}

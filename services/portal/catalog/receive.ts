import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Request } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import { createRoom } from '../../specs/room.ts';
import type { Given } from '../../specs/types.ts';
import type { Csrf } from '../http/csrf.ts';
import { takeFile } from '../http/multipart.ts';

/** What is said of a description beside its bytes. */
export interface SpecWords {
  api?: string;
  version?: string;
  changelog?: string;
  replace?: boolean;
}

/**
 * Its bytes are in memory until the work is done, and have their place there for so long.
 * @param said is filled in while it arrives: what was typed is known also of an upload that is refused
 */
export type ReceiveSpec = <T>(
  request: Request,
  work: (received: ReceivedSpec) => Promise<T>,
  said?: SpecWords,
) => Promise<T>;

export interface ReceivedSpec extends SpecWords {
  given: Given;
}

/** Characters of a changelog are up to four bytes each. */
const FIELD_BYTES = 64 * 1024;
const SLACK = 128 * 1024;

/** Two of the largest at once: one that is read, and one that arrives meanwhile. */
const LARGEST = 2;

/**
 * One description from a multipart body: fields `api`, `version`, `changelog` and `replace`, then `file`. It is kept in
 * memory, which its limit bounds: its thread needs it whole.
 * @throws PorticoError 'too-large', 'invalid', 'csrf', 'upload-aborted'; 'busy': before a byte of it was taken in
 */
export function specReceiver({ csrf, maxBytes }: { csrf: Csrf; maxBytes: number }): ReceiveSpec {
  const largestBody = maxBytes + SLACK;
  const room = createRoom({ maxBytes: LARGEST * largestBody });
  return async (request, work, said = {}) => {
    const isTrusted = csrf.checkHeaders(request);
    const length = Number(request.headers['content-length'] ?? largestBody); // none: it comes in chunks
    if (length > largestBody) throw tooLarge(maxBytes);
    return room.hold(length, async () => {
      const given = await takeFile(request, {
        csrf,
        isTrusted,
        fieldBytes: FIELD_BYTES,
        onField: (field, value) => note(said, field, value),
        take: ({ name, content }) => whole(name, content, maxBytes),
      });
      return work({ ...said, given });
    });
  };
}

const tooLarge = (maxBytes: number) =>
  new PorticoError('too-large', `An API description may have ${maxBytes / 2 ** 20} MiB.`);

async function whole(name: string, content: Readable, maxBytes: number): Promise<Given> {
  let size = 0;
  content.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) content.destroy(tooLarge(maxBytes));
  });
  return { name: name.slice(-255) || 'description', bytes: await buffer(content) };
}

/** @returns false: there is no such field */
function note(said: SpecWords, field: string, value: string): boolean {
  if (field === 'replace') said.replace = /^(true|on|1|yes)$/.test(value);
  else if (field === 'api' || field === 'version' || field === 'changelog') {
    // An empty field of a form is one that was not filled in.
    if (value.trim() !== '') said[field] = value.trim();
  } else return false;
  return true;
}

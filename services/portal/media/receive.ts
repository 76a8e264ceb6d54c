import { PorticoError } from '../../platform/errors.ts';
import type { ReceiveUpload } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { idempotencyOf } from '../http/input.ts';
import { openForm } from '../http/multipart.ts';
import type { MediaService, Visibility } from './types.ts';

/** What a multipart body has beside the file: boundaries, part headers, small fields. */
const SLACK = 64 * 1024;

export interface ReceiveParts {
  media: Pick<MediaService, 'upload'>;
  csrf: Csrf;
  /** Bytes. */
  maxUpload: number;
  silenceMs?: number;
}

/** One file from a multipart body, streamed into the media service: the bytes are never kept twice. */
export function uploadReceiver({ media, csrf, maxUpload, silenceMs }: ReceiveParts): ReceiveUpload {
  return async (request) => {
    const { principal } = request;
    if (!principal) throw new PorticoError('unauthenticated', 'Sign in first.');
    let trusted = csrf.checkHeaders(request);
    if (Number(request.headers['content-length'] ?? 0) > maxUpload + SLACK)
      throw new PorticoError('too-large', `The file is larger than the limit of ${maxUpload} bytes.`);
    const idempotency = idempotencyOf(request);
    let visibility = visibilityOf(request.query.visibility ?? 'public');

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
          const upload = {
            content: part.content,
            name: part.name,
            visibility,
            createdBy: principal.name,
            ...idempotency,
          };
          return await media.upload(upload).catch((error: unknown) => {
            // What the form saw go wrong is the cause; the service only saw its stream break.
            throw form.fault() ?? error;
          });
        }
        if (part.field === '_csrf') {
          csrf.checkToken(request, part.value);
          trusted = true;
        } else if (part.field === 'visibility') visibility = visibilityOf(part.value);
        else throw new PorticoError('invalid', `The field “${part.field}” is not known here.`);
      }
    } finally {
      form.close();
    }
  };
}

function visibilityOf(value: unknown): Visibility {
  if (value === 'public' || value === 'internal') return value;
  throw new PorticoError('invalid', 'visibility is either public or internal.', {
    fields: { visibility: 'public or internal' },
  });
}

import { PorticoError } from '../../platform/errors.ts';
import type { ReceiveUpload } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { idempotencyOf } from '../http/input.ts';
import { takeFile } from '../http/multipart.ts';
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
    const isTrusted = csrf.checkHeaders(request);
    if (Number(request.headers['content-length'] ?? 0) > maxUpload + SLACK)
      throw new PorticoError('too-large', `The file is larger than the limit of ${maxUpload} bytes.`);
    const idempotency = idempotencyOf(request);
    let visibility = visibilityOf(request.query.visibility ?? 'public');
    return takeFile(request, {
      csrf,
      isTrusted,
      silenceMs,
      onField(field, value) {
        if (field !== 'visibility') return false;
        visibility = visibilityOf(value);
        return true;
      },
      take: ({ name, content }) =>
        media.upload({ content, name, visibility, createdBy: principal.name, ...idempotency }),
    });
  };
}

function visibilityOf(value: unknown): Visibility {
  if (value === 'public' || value === 'internal') return value;
  throw new PorticoError('invalid', 'visibility is either public or internal.', {
    fields: { visibility: 'public or internal' },
  });
}

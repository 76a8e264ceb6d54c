import { pipeline } from 'node:stream/promises';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import { type Guards, mediaUrl } from '../http/context.ts';
import { disposition, policyFor } from './serving.ts';
import type { MediaItem, MediaService } from './types.ts';

export interface BytesParts {
  guards: Guards;
  media: Pick<MediaService, 'get' | 'lost' | 'blobPath' | 'open'>;
}

/** GET /media/<id>/<name>: who may read it is decided here; behind the load balancer nginx sends the bytes. */
export function mediaBytes({ guards, media }: BytesParts): RequestHandler {
  const router = Router();
  const signedIn = guards.requireRole('reader');

  router.get('/media/:id/:name', async (request, response, next) => {
    const item = await media.get(String(request.params.id));
    const answer = () => send(item, media, request, response);
    // A public file asks for no session at all: it is served with the database away, too.
    if (item.visibility === 'public') return answer();
    await signedIn(request, response, (error?: unknown) => (error ? next(error) : answer().catch(next)));
  });
  return router;
}

async function send(
  item: MediaItem,
  media: BytesParts['media'],
  request: Request,
  response: Response,
): Promise<void> {
  if (request.params.name !== item.name) {
    response.set('Cache-Control', 'no-store').redirect(308, mediaUrl(item));
    return;
  }
  if ((await media.lost([item])).size > 0)
    throw new PorticoError(
      'blob-lost',
      'The bytes of this file are missing or damaged, so they are not given out. Uploading the same file again heals it.',
    );
  response.set({
    ETag: `"${item.sha256}"`,
    'Cache-Control':
      item.visibility === 'public' ? 'public, max-age=31536000, immutable' : 'private, no-cache',
    'Content-Security-Policy': policyFor(item.mediaType),
    'X-Content-Type-Options': 'nosniff',
    // The file's own page shows a PDF in a frame.
    'X-Frame-Options': 'SAMEORIGIN',
    'Accept-Ranges': 'bytes',
  });
  if (has(request.headers['if-none-match'], item)) {
    response.status(304).end();
    return;
  }
  response.set(
    'Content-Type',
    item.mediaType.startsWith('text/') ? `${item.mediaType}; charset=utf-8` : item.mediaType,
  );
  response.set('Content-Disposition', disposition(item.name, item.mediaType));
  if (request.fromEdge) {
    response.set('X-Accel-Redirect', `/_blobs/${media.blobPath(item)}`).end();
    return;
  }
  await stream(item, media, request, response);
}

/** Not Express's `fresh`, which sends the bytes again to who asked with `no-cache`: bytes under a hash never change. */
function has(condition: string | undefined, { sha256 }: MediaItem): boolean {
  const tags = condition?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(`"${sha256}"`) || tags.includes('*');
}

/** Without a load balancer in front (tests, other proxies) the portal sends the bytes itself. */
async function stream(
  item: MediaItem,
  media: BytesParts['media'],
  request: Request,
  response: Response,
): Promise<void> {
  const condition = request.headers['if-range'];
  const ranges =
    condition === undefined || condition === `"${item.sha256}"` ? request.range(item.size) : undefined;
  let range: { start: number; end: number } | undefined;
  if (ranges === -1) {
    response.status(416).set('Content-Range', `bytes */${item.size}`).removeHeader('Content-Disposition');
    response.end();
    return;
  }
  // Several ranges at once are answered with the whole: the standard allows it, and nobody needs more.
  if (Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1) range = ranges[0];
  if (range) response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${item.size}`);
  response.set('Content-Length', String(range ? range.end - range.start + 1 : item.size));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(media.open(item, range), response).catch((error: NodeJS.ErrnoException) => {
    // A client that goes away half-way is no fault of ours.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

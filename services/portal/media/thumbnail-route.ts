import { Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { PageDeps } from '../http/context.ts';
import { SIZES, type ThumbnailSize, type Thumbnails } from './thumbnails.ts';

/** Shown in place of a picture that cannot be drawn. */
const PLACEHOLDER = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 120" fill="none" stroke="#7d8b86" stroke-width="3" stroke-linejoin="round"><path d="M50 35h60v50H50zM50 74l14-14 12 12M96 71l14 11M88 35l-8 20 10 8-8 22"/></svg>`;

export function thumbnailUrl(id: string, size: ThumbnailSize): string {
  return `/media/${id}/thumbnail?size=${size}`;
}

/** `/media/<id>/thumbnail?size=small|large`. Without a size it is the address of a file that is named "thumbnail". */
export function thumbnailRoute({
  guards,
  media,
  thumbnails,
}: Pick<PageDeps, 'guards' | 'media'> & { thumbnails: Thumbnails }): Router {
  const router = Router();
  router.get('/media/:id/thumbnail', async (request, response, next) => {
    const size = request.query.size;
    if (typeof size !== 'string' || !Object.hasOwn(SIZES, size)) return next();
    const item = await media.get(request.params.id);
    // A public picture needs no session, as its bytes need none.
    if (item.visibility === 'internal') {
      await new Promise<void>((resolve, reject) => {
        guards.identify(request, response, (error: unknown) => (error ? reject(error) : resolve()));
      });
      if (!request.principal) throw new PorticoError('unauthenticated', 'Sign in to see this picture.');
    }
    response.set({
      ETag: `"${item.sha256}-${size}"`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
    });
    if (request.fresh) return response.status(304).end();
    const picture = await thumbnails.of(item, size as ThumbnailSize);
    if (picture) {
      response.set('Cache-Control', 'private, max-age=86400, immutable').type('webp').send(picture);
    } else {
      response.removeHeader('ETag');
      response.set('Cache-Control', 'private, max-age=60').type('svg').send(PLACEHOLDER);
    }
  });
  return router;
}

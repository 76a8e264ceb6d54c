import { type Request, Router } from 'express';
import { humanLimit } from '../assets/words.js';
import { mayActAs, type PageDeps } from '../http/context.ts';
import { render } from '../http/render.ts';
import { count } from '../views/words.ts';
import { previewOf } from './preview.ts';
import { showCard, showFile } from './shown.ts';
import { thumbnailRoute } from './thumbnail-route.ts';
import type { Thumbnails } from './thumbnails.ts';
import type { MediaQuery, MediaSort } from './types.ts';

const SORTS: { value: MediaSort; label: string }[] = [
  { value: 'newest', label: 'Newest first' },
  { value: 'oldest', label: 'Oldest first' },
  { value: 'name', label: 'By name' },
  { value: 'largest', label: 'Largest first' },
];
const PAGE = 24;

/** What a page says once, after the deed that led to it. */
const NOTICES: Record<string, string> = {
  uploaded: 'The file is uploaded and safe on disk.',
  deleted: 'The file is deleted.',
};

export type MediaPagesDeps = Pick<PageDeps, 'guards' | 'media' | 'receiveUpload' | 'maxUpload'> & {
  thumbnails: Thumbnails;
};

/** The library, a file's own page, the plain form's upload, and deletion. */
export function mediaPages(deps: MediaPagesDeps): Router {
  const { guards, media, receiveUpload, maxUpload, thumbnails } = deps;
  const router = Router();
  const reader = guards.requireRole('reader');
  const publisher = guards.requireRole('publisher');

  router.use(thumbnailRoute({ guards, media, thumbnails }));

  router.get('/library', reader, async (request, response) => {
    const query = libraryQuery(request);
    const page = await media.list(query);
    const lost = await media.lost(page.items);
    const address = (cursor?: string) => libraryAddress(query, cursor);
    render(request, response, 'library', {
      title: 'Library',
      items: page.items.map((item) => ({ ...showCard(item), lost: lost.has(item.id) })),
      summary: query.search ? `${count(page.total, 'file')} found` : count(page.total, 'file'),
      search: query.search ?? '',
      sort: query.sort,
      sorts: SORTS,
      onLaterPage: query.cursor !== undefined,
      firstPage: address(),
      nextPage: page.nextCursor === undefined ? undefined : address(page.nextCursor),
      mayUpload: may(request, 'publisher'),
      maxBytes: maxUpload,
      maxText: humanLimit(maxUpload),
      notice: notice(request),
    });
  });

  router.post('/library/upload', publisher, async (request, response) => {
    const { item } = await receiveUpload(request, response);
    response.redirect(303, `/library/${item.id}?done=uploaded`);
  });
  // Where an error page's "Try again" leads, as it can only ask with GET.
  router.get('/library/upload', (_request, response) => response.redirect(303, '/library'));

  router.get('/library/:id', reader, async (request, response) => {
    const item = await media.get(request.params.id as string);
    const origin = `${request.protocol}://${request.get('host') ?? ''}`;
    render(request, response, 'file', {
      title: item.name,
      item: showFile(item, origin),
      lost: (await media.lost([item])).size > 0,
      preview: await previewOf(item, media),
      mayDelete: may(request, 'publisher'),
      notice: notice(request),
    });
  });

  router.get('/library/:id/delete', publisher, async (request, response) => {
    const item = await media.get(request.params.id as string);
    render(request, response, 'delete', { title: `Delete ${item.name}`, item: showCard(item) });
  });

  router.post('/library/:id/delete', publisher, guards.form, async (request, response) => {
    await media.remove(request.params.id as string, request.principal!.name);
    response.redirect(303, '/library?done=deleted');
  });
  return router;
}

function libraryQuery({ query }: Request): MediaQuery {
  const text = (value: unknown) =>
    typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  const search = text(query.q)?.slice(0, 200);
  const cursor = text(query.cursor);
  return {
    sort: SORTS.find(({ value }) => value === query.sort)?.value ?? 'newest',
    limit: PAGE,
    ...(search === undefined ? {} : { search }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

function libraryAddress({ search, sort }: MediaQuery, cursor?: string): string {
  const query = new URLSearchParams();
  if (search !== undefined) query.set('q', search);
  if (sort !== 'newest') query.set('sort', sort);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.size === 0 ? '/library' : `/library?${query}`;
}

function may(request: Request, role: 'publisher'): boolean {
  const { principal } = request;
  // Recognised without the database: for reading alone.
  return principal !== undefined && !principal.claimed && mayActAs(principal.role, role);
}

function notice({ query }: Request): string {
  return typeof query.done === 'string' && Object.hasOwn(NOTICES, query.done) ? NOTICES[query.done]! : '';
}

import { Router } from 'express';
import { z } from 'zod';
import type { Guards, ReceiveUpload } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { onlyThese } from '../http/errors.ts';
import { checkScriptedWrite } from '../http/guards.ts';
import { check, paging } from '../http/input.ts';
import { apiWrite } from '../http/writes.ts';
import { mediaJson } from './json.ts';
import type { MediaService } from './types.ts';

const listing = z.object({
  search: z.string().max(255).optional(),
  sort: z.enum(['newest', 'oldest', 'name', 'largest']).default('newest'),
  ...paging,
});

export interface MediaApiParts {
  guards: Guards;
  csrf: Csrf;
  media: MediaService;
  receiveUpload: ReceiveUpload;
}

export function mediaApi({ guards, csrf, media, receiveUpload }: MediaApiParts): Router {
  const router = Router();

  const publisher = guards.requireRole('publisher');
  const receive = apiWrite(async (request, _keyed, response) => {
    // It reads the key itself: a plain form's upload has one, too.
    const { item, replayed } = await receiveUpload(request, response);
    return { status: 201, location: `/api/v1/media/${item.id}`, body: mediaJson(item), replayed };
  });
  router.post('/api/v1/media', publisher, receive);

  router.get('/api/v1/media', guards.requireRole('reader'), async (request, response) => {
    const { search, cursor, ...query } = check(listing, request.query);
    const page = await media.list({ ...query, ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) });
    response.json({ ...page, items: page.items.map(mediaJson) });
  });

  router.get('/api/v1/media/:id', guards.requireRole('reader'), async (request, response) => {
    response.json(mediaJson(await media.get(String(request.params.id))));
  });

  const remove = apiWrite(async (request, { idempotency }) => {
    const id = String(request.params.id);
    const { replayed } = await media.remove(id, request.principal!.name, idempotency);
    return { status: 204, replayed };
  });
  router.delete('/api/v1/media/:id', publisher, checkScriptedWrite(csrf), remove);
  router.all('/api/v1/media', onlyThese('GET', 'POST'));
  router.all('/api/v1/media/:id', onlyThese('GET', 'DELETE'));
  return router;
}

import { Router } from 'express';
import { z } from 'zod';
import type { Guards, ReceiveUpload } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { onlyThese } from '../http/errors.ts';
import { checkScriptedWrite } from '../http/guards.ts';
import { check, idempotencyOf, paging } from '../http/input.ts';
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

  router.post('/api/v1/media', guards.requireRole('publisher'), async (request, response) => {
    const { item, replayed } = await receiveUpload(request, response);
    if (replayed) response.set('Idempotency-Replayed', 'true');
    response.status(201).location(`/api/v1/media/${item.id}`).json(mediaJson(item));
  });

  router.get('/api/v1/media', guards.requireRole('reader'), async (request, response) => {
    const { search, cursor, ...query } = check(listing, request.query);
    const page = await media.list({ ...query, ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) });
    response.json({ ...page, items: page.items.map(mediaJson) });
  });

  router.get('/api/v1/media/:id', guards.requireRole('reader'), async (request, response) => {
    response.json(mediaJson(await media.get(String(request.params.id))));
  });

  router.delete(
    '/api/v1/media/:id',
    guards.requireRole('publisher'),
    checkScriptedWrite(csrf),
    async (request, response) => {
      // A delete is idempotent by itself; the key is only checked for its form.
      idempotencyOf(request);
      const id = String(request.params.id);
      await media.remove(id, request.principal!.name);
      response.status(204).end();
    },
  );
  router.all('/api/v1/media', onlyThese('GET', 'POST'));
  router.all('/api/v1/media/:id', onlyThese('GET', 'DELETE'));
  return router;
}

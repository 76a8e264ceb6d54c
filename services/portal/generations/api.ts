import express, { Router } from 'express';
import { z } from 'zod';
import type { Guards } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { onlyThese } from '../http/errors.ts';
import { checkScriptedWrite } from '../http/guards.ts';
import { check, paging } from '../http/input.ts';
import { apiWrite } from '../http/writes.ts';
import { activationJson, generationJson } from './json.ts';
import { numberOf } from './number.ts';
import type { Generations } from './service.ts';

const listing = z.object({ ...paging, cursor: z.coerce.number().int().positive().optional() });
const publishing = z.strictObject({ note: z.string().trim().max(500, 'at most 500 characters').default('') });

const pinning = z.strictObject({ pinned: z.boolean() });

export interface GenerationsApiParts {
  guards: Guards;
  csrf: Csrf;
  generations: Generations;
}

export function generationsApi({ guards, csrf, generations }: GenerationsApiParts): Router {
  const router = Router();
  const reader = guards.requireRole('reader');
  const scripted = [
    guards.requireRole('publisher'),
    checkScriptedWrite(csrf),
    express.json({ limit: '64kb' }),
  ];

  router.get('/api/v1/generations', reader, async (request, response) => {
    const { limit, cursor } = check(listing, request.query);
    const { items, nextBelow } = await generations.list({
      limit,
      ...(cursor !== undefined && { below: cursor }),
    });
    const more = nextBelow === undefined ? {} : { nextCursor: String(nextBelow) };
    response.json({ items: items.map(generationJson), ...more });
  });

  router.post(
    '/api/v1/generations',
    ...scripted,
    apiWrite(async (request, keyed) => {
      const { note } = check(publishing, request.body);
      const { info, replayed } = await generations.publish(note, { by: request.principal!.name, ...keyed });
      return { status: 201, location: `/api/v1/generations/${info.n}`, body: generationJson(info), replayed };
    }),
  );

  router.get('/api/v1/generations/pending', reader, async (_request, response) => {
    response.json({ changes: await generations.pending() });
  });
  router.all('/api/v1/generations/pending', onlyThese('GET'));

  router.get('/api/v1/generations/:n', reader, async (request, response) => {
    const { info, manifest } = await generations.get(numberOf(request.params.n));
    response.json({ ...generationJson(info), manifest });
  });

  router.patch(
    '/api/v1/generations/:n',
    ...scripted,
    apiWrite(async (request, keyed) => {
      const { pinned } = check(pinning, request.body);
      const n = numberOf(request.params.n);
      const doer = { by: request.principal!.name, ...keyed };
      const { info, replayed } = await generations.pin(n, pinned, doer);
      return { status: 200, body: generationJson(info), replayed };
    }),
  );

  router.get('/api/v1/generations/:n/changes', reader, async (request, response) => {
    const from = numberOf(request.query.from ?? '0', 0);
    response.json({ changes: await generations.compare(from, numberOf(request.params.n)) });
  });

  router.post(
    '/api/v1/generations/:n/activation',
    ...scripted,
    apiWrite(async (request, keyed) => {
      const n = numberOf(request.params.n);
      const { activation, replayed } = await generations.activate(n, {
        by: request.principal!.name,
        ...keyed,
      });
      return { status: 201, body: activationJson(activation), replayed };
    }),
  );

  router.get('/api/v1/activations', reader, async (request, response) => {
    const { limit } = check(z.object({ limit: paging.limit }), request.query);
    response.json({ items: (await generations.activations(limit)).map(activationJson) });
  });

  router.all('/api/v1/generations', onlyThese('GET', 'POST'));
  router.all('/api/v1/generations/:n', onlyThese('GET', 'PATCH'));
  router.all('/api/v1/generations/:n/changes', onlyThese('GET'));
  router.all('/api/v1/generations/:n/activation', onlyThese('POST'));
  router.all('/api/v1/activations', onlyThese('GET'));
  return router;
}

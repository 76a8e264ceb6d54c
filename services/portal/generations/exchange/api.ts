import { pipeline } from 'node:stream/promises';
import express, { Router } from 'express';
import { z } from 'zod';
import type { Guards } from '../../http/context.ts';
import type { Csrf } from '../../http/csrf.ts';
import { onlyThese } from '../../http/errors.ts';
import { checkScriptedWrite } from '../../http/guards.ts';
import { check } from '../../http/input.ts';
import { apiWrite } from '../../http/writes.ts';
import { generationJson } from '../json.ts';
import { numberOf } from '../number.ts';
import type { ReceiveBundle } from './receive.ts';
import type { TrustedKey } from './repository.ts';
import type { Exchange } from './service.ts';

const trusting = z.strictObject({ name: z.string(), publicKey: z.string() });

export interface ExchangeApiParts {
  guards: Guards;
  csrf: Csrf;
  exchange: Exchange;
  receiveBundle: ReceiveBundle;
}

const keyJson = ({ addedAt, ...key }: TrustedKey) => ({ ...key, addedAt: addedAt.toISOString() });

/** Before the routes of single generations: `import` is no number. */
export function exchangeApi({ guards, csrf, exchange, receiveBundle }: ExchangeApiParts): Router {
  const router = Router();
  const publisher = guards.requireRole('publisher');
  const admin = guards.requireRole('admin');

  router.get('/api/v1/generations/:n/export', publisher, async (request, response) => {
    const n = numberOf(request.params.n);
    const { size, content } = await exchange.exported(n);
    response.set({
      'Content-Type': 'application/x-tar',
      'Content-Length': String(size),
      'Content-Disposition': `attachment; filename="gen-${n}.portico"`,
      'Cache-Control': 'no-store',
    });
    // An answer that breaks off is shorter than it said: nobody takes it for whole.
    await pipeline(content, response);
  });

  router.post(
    '/api/v1/generations/import',
    admin,
    apiWrite(async (request, keyed) => {
      const { info, made, replayed } = await receiveBundle(request, (content) =>
        exchange.imported(content, { by: request.principal!.name, ...keyed }),
      );
      return {
        status: made ? 201 : 200,
        location: `/api/v1/generations/${info.n}`,
        body: generationJson(info),
        replayed,
      };
    }),
  );

  router.get('/api/v1/signing-key', publisher, (_request, response) => {
    response.json(exchange.key);
  });

  router.get('/api/v1/trusted-keys', admin, async (_request, response) => {
    response.json({ items: (await exchange.trusted()).map(keyJson) });
  });
  router.post(
    '/api/v1/trusted-keys',
    admin,
    checkScriptedWrite(csrf),
    express.json({ limit: '8kb' }),
    apiWrite(async (request, keyed) => {
      const order = check(trusting, request.body);
      const { key, replayed } = await exchange.trust(order, { by: request.principal!.name, ...keyed });
      return { status: 201, location: `/api/v1/trusted-keys/${key.name}`, body: keyJson(key), replayed };
    }),
  );
  router.delete(
    '/api/v1/trusted-keys/:name',
    admin,
    checkScriptedWrite(csrf),
    apiWrite(async (request, keyed) => {
      const doer = { by: request.principal!.name, ...keyed };
      const { replayed } = await exchange.distrust(String(request.params.name), doer);
      return { status: 204, replayed };
    }),
  );

  router.all('/api/v1/generations/import', onlyThese('POST'));
  router.all('/api/v1/generations/:n/export', onlyThese('GET'));
  router.all('/api/v1/signing-key', onlyThese('GET'));
  router.all('/api/v1/trusted-keys', onlyThese('GET', 'POST'));
  router.all('/api/v1/trusted-keys/:name', onlyThese('DELETE'));
  return router;
}

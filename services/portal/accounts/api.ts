import express, { Router } from 'express';
import { z } from 'zod';
import { PorticoError } from '../../platform/errors.ts';
import { type Accounts, type Guards, type Principal, ROLES } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { onlyThese } from '../http/errors.ts';
import { checkScriptedWrite } from '../http/guards.ts';
import { check, paging } from '../http/input.ts';
import { apiWrite } from '../http/writes.ts';
import type { ApiToken, Tokens } from './types.ts';

const credentials = z.object({ name: z.string(), password: z.string() });
const order = z.object({ name: z.string(), role: z.enum(ROLES) });
const listing = z.object(paging);

export interface AccountApiParts {
  guards: Guards;
  csrf: Csrf;
  accounts: Accounts;
  tokens: Tokens;
}

export function accountApi({ guards, csrf, accounts, tokens }: AccountApiParts): Router {
  const router = Router();
  const json = express.json({ limit: '64kb' });
  const own = checkScriptedWrite(csrf);

  // Who am I, and with which CSRF token do I write? Nobody signed in is an answer, not an error.
  router.get('/api/v1/session', guards.identify, (request, response) => {
    const { principal } = request;
    response.json({ user: principal ? principalJson(principal) : null, csrfToken: request.csrfToken() });
  });

  // JSON alone is read here, which no other site's page can send without asking first.
  // The key of a sign-in is the person's, of a sign-out the session's: the service reads it when it knows whose it is.
  const signIn = apiWrite(async (request, _keyed, response) => {
    csrf.checkOrigin(request);
    if (!request.is('application/json'))
      throw new PorticoError('invalid', 'Send name and password as application/json.');
    const { principal, replayed } = await accounts.signIn(
      request,
      response,
      check(credentials, request.body),
    );
    const body = { user: principalJson(principal), csrfToken: request.csrfToken() };
    return { status: 201, body, replayed };
  });
  router.post('/api/v1/session', guards.identify, json, signIn);

  const signOut = apiWrite(async (request, _keyed, response) => {
    if (request.principal?.kind === 'user') {
      csrf.checkOrigin(request);
      csrf.checkToken(request, request.headers['x-csrf-token']);
    }
    return { status: 204, ...(await accounts.signOut(request, response)) };
  });
  router.delete('/api/v1/session', guards.identify, signOut);

  const admin = guards.requireRole('admin');
  router.get('/api/v1/tokens', admin, async (request, response) => {
    const { cursor, limit } = check(listing, request.query);
    const page = await tokens.list({ limit, ...(cursor ? { cursor } : {}) });
    response.json({ ...page, items: page.items.map(tokenJson) });
  });

  const make = apiWrite(async (request, keyed) => {
    const wanted = check(order, request.body);
    const createdBy = request.principal!.name;
    const { token, secret, replayed } = await tokens.create({ ...wanted, createdBy, ...keyed });
    const body = { ...tokenJson(token), token: secret };
    return { status: 201, location: `/api/v1/tokens/${token.id}`, body, replayed };
  });
  router.post('/api/v1/tokens', admin, own, json, make);

  const revoke = apiWrite(async (request, { idempotency }) => {
    return { status: 204, ...(await tokens.remove(String(request.params.id), idempotency)) };
  });
  router.delete('/api/v1/tokens/:id', admin, own, revoke);
  router.all('/api/v1/session', onlyThese('GET', 'POST', 'DELETE'));
  router.all('/api/v1/tokens', onlyThese('GET', 'POST'));
  router.all('/api/v1/tokens/:id', onlyThese('DELETE'));
  return router;
}

function principalJson({ id, name, role, kind }: Principal): Principal {
  return { id, name, role, kind };
}

function tokenJson(token: ApiToken) {
  const { id, name, role, createdBy, createdAt } = token;
  return { id, name, role, createdBy, createdAt: createdAt.toISOString() };
}

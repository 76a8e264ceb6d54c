import { type Request, type RequestHandler, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import { ownPath, type PageDeps } from '../http/context.ts';
import { render } from '../http/render.ts';
import { tokenPages } from './token-pages.ts';
import type { Tokens } from './types.ts';

export type AccountPagesDeps = Pick<PageDeps, 'guards' | 'accounts'> & { tokens: Tokens };

/** Sign in, sign out, and the tokens of programs. */
export function accountPages({ guards, accounts, tokens }: AccountPagesDeps): Router {
  const router = Router();

  router.get('/sign-in', guards.identifyIfKnown, (request, response) => {
    const next = ownPath(request.query.next);
    if (request.principal) response.set('Cache-Control', 'no-store').redirect(303, next);
    else show(request, response, { next, done: request.query.done });
  });

  router.post('/sign-in', guards.identify, guards.form, async (request, response) => {
    const next = ownPath(request.body.next);
    const name = text(request.body.name);
    const password = text(request.body.password);
    const fields = missing({ name, password });
    if (Object.keys(fields).length > 0) {
      show(request, response, { next, name, fields, status: 400 });
      return;
    }
    try {
      await accounts.signIn(request, response, { name, password });
    } catch (error) {
      if (!(error instanceof PorticoError)) throw error;
      const { code, retryAfter } = error;
      if (code !== 'unauthenticated' && code !== 'throttled' && code !== 'invalid') throw error;
      if (retryAfter !== undefined) response.set('Retry-After', String(Math.ceil(retryAfter)));
      const status = code === 'throttled' ? 429 : code === 'invalid' ? 400 : 401;
      show(request, response, { next, name, problem: problemText(error), status });
      return;
    }
    response.redirect(303, next);
  });

  router.post('/sign-out', guards.identifyIfKnown, guards.form, async (request, response) => {
    if (request.principal?.claimed) {
      // Whoever leaves a shared computer leaves it now, and not when the database is back.
      accounts.forget(request, response);
      response.redirect(303, '/sign-in?done=forgotten');
      return;
    }
    await accounts.signOut(request, response);
    response.redirect(303, '/sign-in?done=signed-out');
  });
  // Where an error page's "Try again" leads, as it can only ask with GET.
  const home: RequestHandler = (_request, response) => response.redirect(303, '/');
  router.get('/sign-out', home);

  router.use(tokenPages({ guards, tokens }));
  return router;
}

interface SignInView {
  next: string;
  done?: unknown;
  name?: string;
  problem?: string;
  fields?: Record<string, string>;
  status?: number;
}

function show(request: Request, response: Response, view: SignInView): void {
  const { next, done, name = '', problem = '', fields = {}, status = 200 } = view;
  render(request, response, 'sign-in', { title: 'Sign in', next, done, name, problem, fields }, { status });
}

function problemText({ code, message, retryAfter }: PorticoError): string {
  if (code !== 'throttled' || retryAfter === undefined) return message;
  const minutes = Math.ceil(retryAfter / 60);
  const when = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return `There were too many failed attempts. To keep the account safe, the next one is possible in ${when}.`;
}

function missing(values: { name: string; password: string }): Record<string, string> {
  return {
    ...(values.name === '' ? { name: 'Enter your name.' } : {}),
    ...(values.password === '' ? { password: 'Enter your password.' } : {}),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

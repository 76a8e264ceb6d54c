import express, { type Request, type RequestHandler, type Response } from 'express';
import { isAway } from '../../platform/database/without.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Claims } from '../accounts/claims.ts';
import { type Guards, mayActAs, type Principal } from './context.ts';
import type { Csrf } from './csrf.ts';
import { isApi } from './errors.ts';

export interface GuardParts {
  /** express-session, over the sessions in the database. */
  session: RequestHandler;
  /**
   * @param patient the database is waited for
   * @returns whose token it is, or undefined
   */
  tokenHolder(secret: string, patient: boolean): Promise<Principal | undefined>;
  csrf: Csrf;
  claims: Claims;
}

export function createGuards({ session, tokenHolder, csrf, claims }: GuardParts): Guards {
  /** Requests that were identified already: a guard behind a guard asks nobody twice. */
  const known = new WeakSet<Request>();

  /** @throws PorticoError 'unauthenticated' for a token that is nobody's, 'database-unavailable' */
  async function recognise(request: Request, response: Response): Promise<void> {
    if (known.has(request)) return;
    known.add(request);
    const bearer = request.headers.authorization;
    if (bearer !== undefined) {
      request.principal = await fromBearer(bearer, (secret) => tokenHolder(secret, !onlyReads(request)));
      request.csrfToken = () => '';
      return;
    }
    request.csrfToken = () => csrf.tokenFor(request, response);
    try {
      await new Promise<void>((resolve, reject) => {
        session(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      });
      request.principal = request.session.principal;
      claims.renew(request, response);
    } catch (error) {
      if (!isAway(error)) throw error;
      // express-session has checked the cookie's signature before it asked for the session.
      request.principal = claims.of(request);
      if (!request.principal || !onlyReads(request)) throw error;
    }
  }

  /** Tells by `next` alone how it went: whoever calls it need not be Express. */
  const identify: RequestHandler = (request, response, next) => {
    recognise(request, response).then(() => next(), next);
  };

  /** Middleware after `identify`; what goes wrong there goes wrong here. */
  const identified = (then: RequestHandler): RequestHandler => {
    return async (request, response, next) => {
      await recognise(request, response);
      return then(request, response, next);
    };
  };

  const parseForm = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 100 });
  return {
    identify,
    identifyIfKnown: (request, response, next) =>
      identify(request, response, (error?: unknown) => next(isAway(error) ? undefined : error)),
    requireRole: (role) =>
      identified((request, response, next) => {
        const { principal, originalUrl, method } = request;
        if (principal?.claimed && !onlyReads(request)) throw databaseAway();
        if (principal && mayActAs(principal.role, role)) return next();
        if (principal)
          throw new PorticoError(
            'forbidden',
            `This needs the role ${role}; ${principal.name} is ${principal.role}.`,
          );
        if (isApi(originalUrl) || request.headers.authorization !== undefined)
          throw new PorticoError(
            'unauthenticated',
            'Sign in, or send a token: Authorization: Bearer portico_…',
          );
        const back = method === 'GET' || method === 'HEAD' ? originalUrl : '/library';
        response.set('Cache-Control', 'no-store').redirect(303, `/sign-in?next=${encodeURIComponent(back)}`);
      }),
    form: identified(async (request, response, next) => {
      csrf.checkOrigin(request);
      await new Promise<void>((resolve, reject) => {
        parseForm(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      });
      request.body = singleStrings(request.body);
      csrf.checkToken(request, request.headers['x-csrf-token'] ?? request.body._csrf);
      next();
    }),
  };
}

/** Who cannot change anything may be recognised without the database; who may is worth the wait for it. */
export function onlyReads({ method }: Pick<Request, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

function databaseAway(): PorticoError {
  return new PorticoError(
    'database-unavailable',
    'The database is away: what is published can be read, and nothing can be changed. Try again in a few seconds.',
    { retryAfter: 5 },
  );
}

/** For the API's writes: a browser's session needs origin and token; a program's Bearer token is proof enough. */
export function checkScriptedWrite(csrf: Csrf): RequestHandler {
  return (request, _response, next) => {
    if (request.principal?.kind !== 'token') {
      csrf.checkOrigin(request);
      csrf.checkToken(request, request.headers['x-csrf-token']);
    }
    next();
  };
}

async function fromBearer(
  header: string,
  holder: (secret: string) => Promise<Principal | undefined>,
): Promise<Principal> {
  const secret = /^Bearer ([\w-]{20,200})$/i.exec(header)?.[1];
  const principal = secret === undefined ? undefined : await holder(secret);
  if (principal) return principal;
  throw new PorticoError('unauthenticated', 'This token is not known here. It may have been revoked.');
}

function singleStrings(body: unknown): Record<string, string> {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    fields.map(([name, value]) => [name, String(Array.isArray(value) ? value.at(-1) : value)]),
  );
}

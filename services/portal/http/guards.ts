import express, { type Request, type RequestHandler, type Response } from 'express';
import { isAway } from '../../platform/database/without.ts';
import { PorticoError } from '../../platform/errors.ts';
import { CLAIM_COOKIE, type Claims } from '../accounts/claims.ts';
import { type Guards, mayActAs, type Principal } from './context.ts';
import { type Csrf, cookie } from './csrf.ts';
import { isApi } from './errors.ts';

export interface GuardParts {
  /** express-session, over the sessions in the database. */
  session: RequestHandler;
  /** @returns whose token it is, or undefined */
  tokenHolder(secret: string): Promise<Principal | undefined>;
  csrf: Csrf;
  claims: Claims;
}

export function createGuards({ session, tokenHolder, csrf, claims }: GuardParts): Guards {
  /** Requests that were identified already: a guard behind a guard asks nobody twice. */
  const known = new WeakSet<Request>();

  const identify: RequestHandler = async (request, response, next) => {
    if (known.has(request)) return next();
    known.add(request);
    const bearer = request.headers.authorization;
    if (bearer !== undefined) {
      request.principal = await fromBearer(bearer, tokenHolder);
      request.csrfToken = () => '';
      return next();
    }
    try {
      await new Promise<void>((resolve, reject) => {
        session(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      });
      request.principal = request.session.principal;
      if (request.principal) renewClaim(request, response, request.principal);
    } catch (error) {
      if (!isAway(error) || !onlyReads(request)) throw error;
      // express-session has checked the cookie's signature before it asked for the session.
      request.principal = claims.read(cookie(request, CLAIM_COOKIE), request.sessionID);
      if (!request.principal) throw error;
    }
    request.csrfToken = () => csrf.tokenFor(request, response);
    return next();
  };

  function renewClaim(request: Request, response: Response, principal: Principal): void {
    if (claims.isFresh(cookie(request, CLAIM_COOKIE), request.sessionID, principal)) return;
    const attributes = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;
    response.cookie(CLAIM_COOKIE, claims.issue(request.sessionID, principal), attributes);
  }

  /** Middleware after `identify`; what goes wrong there goes wrong here. */
  const identified = (then: RequestHandler): RequestHandler => {
    return (request, response, next) =>
      identify(request, response, (error?: unknown) => (error ? next(error) : then(request, response, next)));
  };

  const parseForm = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 100 });
  return {
    identify,
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

function onlyReads({ method }: Request): boolean {
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

async function fromBearer(header: string, holder: GuardParts['tokenHolder']): Promise<Principal> {
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

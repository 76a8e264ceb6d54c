import type { Request, RequestHandler, Response } from 'express';
import type { Tokens } from '../accounts/types.ts';
import type { MediaItem, MediaService } from '../media/types.ts';
import type { StatusSource } from '../operations/types.ts';

/** What each role may do includes what the one before it may: read the library; upload and delete; run the portal. */
export const ROLES = ['reader', 'publisher', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function mayActAs(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}

/** Who makes the request. */
export interface Principal {
  id: string;
  name: string;
  role: Role;
  /** `token`: a program with a Bearer token; it has no session and needs no CSRF token. */
  kind: 'user' | 'token';
  /** Recognised by what was known before the database went away: good for reading alone. */
  claimed?: true;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Made by the load balancer, or here when there is none. Stands in every log line and every answer. */
    requestId: string;
    /** The client's own address: the load balancer's word for it, believed only with the edge secret. */
    clientAddress: string;
    /** The request came through the load balancer, so X-Accel-Redirect reaches a client as bytes. */
    fromEdge: boolean;
    /** Undefined on routes behind no guard, and when nobody is signed in. */
    principal: Principal | undefined;
    /**
     * The token that a form carries in the field `_csrf`, a script in the header `X-CSRF-Token`.
     * Only behind a guard. It may set a cookie, so never call it for a page that may be cached.
     */
    csrfToken(): string;
  }
}

/**
 * Middleware that pages and API put before their handlers. Each loads the session or the token by itself, and once.
 * A page's guard sends who is not signed in to /sign-in?next=…; under /api/ the answer is a problem.
 */
export interface Guards {
  /** Sets `req.principal` when somebody is signed in, and lets everybody through. */
  identify: RequestHandler;
  /**
   * The same for what can be done without knowing who it is: while the database is away `req.principal` may be undefined
   * for somebody who is signed in, and is `claimed` on every method.
   */
  identifyIfKnown: RequestHandler;
  /** Lets nobody through but who has at least this role. */
  requireRole(role: Role): RequestHandler;
  /**
   * For a plain form's POST: parses `application/x-www-form-urlencoded` into `req.body` (strings only), and
   * refuses another origin's request and one without a good `_csrf`. Put it after `requireRole`.
   */
  form: RequestHandler;
}

export interface Accounts {
  /**
   * Starts a fresh session, or with a used Idempotency-Key the one that it began before, and sets its cookies;
   * `req.principal` is set afterwards.
   * @throws PorticoError 'unauthenticated' (one sentence for a wrong name and a wrong password alike), 'throttled'
   */
  signIn(
    request: Request,
    response: Response,
    credentials: { name: string; password: string },
  ): Promise<{ principal: Principal; replayed: boolean }>;
  /** Ends the session, if there is one, and clears its cookies. */
  signOut(request: Request, response: Response): Promise<{ replayed: boolean }>;
  /** Clears the cookies alone: the session's row stays until it ends by itself, and nobody here has its key any more. */
  forget(request: Request, response: Response): void;
}

/**
 * Reads one multipart upload and streams it into the media service. Put `requireRole('publisher')` before it, and no
 * body parser. Checks origin and CSRF token by itself: header `X-CSRF-Token`, or a field `_csrf` before the file.
 * Fields `visibility` (before the file, or as `?visibility=`) and `file`, exactly one.
 * @throws PorticoError whatever MediaService.upload throws, and 'invalid', 'csrf'
 */
export type ReceiveUpload = (
  request: Request,
  response: Response,
) => Promise<{ item: MediaItem; replayed: boolean }>;

/** `next` when it is a path of this portal, else the library: nobody is sent to another origin after sign-in. */
export function ownPath(next: unknown, otherwise = '/library'): string {
  if (typeof next !== 'string' || !next.startsWith('/') || next.length > 2000) return otherwise;
  // A browser reads `//host`, `/\host` and control characters inside a path as ways to another host.
  const here = 'https://portico.invalid';
  if (!URL.canParse(next, here)) return otherwise;
  const url = new URL(next, here);
  return url.origin === here && !url.pathname.startsWith('//') ? url.pathname + url.search : otherwise;
}

/** The path of a file's bytes. */
export function mediaUrl(item: Pick<MediaItem, 'id' | 'name'>): string {
  return `/media/${item.id}/${encodeURIComponent(item.name)}`;
}

/** Everything that pages are made of; each pages.ts names what it uses: `mediaPages({ guards, media }: Pick<PageDeps, …>)`. */
export interface PageDeps {
  guards: Guards;
  accounts: Accounts;
  media: MediaService;
  receiveUpload: ReceiveUpload;
  status: StatusSource;
  tokens: Tokens;
  /** Bytes. */
  maxUpload: number;
}

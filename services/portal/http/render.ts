import type { Request, Response } from 'express';
import type { Principal } from './context.ts';
import { shared } from './shared.ts';

/** What every view finds in its locals, beside what its own page passes. */
export interface CommonLocals {
  /** The page's own name; the layout adds the product's. */
  title: string;
  /** Who is signed in. Always undefined on a public page: scripts look at the cookie `__Host-portico-hint` instead. */
  user: Principal | undefined;
  /** For `<input type="hidden" name="_csrf">` and the header `X-CSRF-Token`. Empty on a public page. */
  csrfToken: string;
  /** The database is away: nothing can be changed now. */
  readingOnly: boolean;
  /** The portal that answers, e.g. `portal-1`. */
  node: string;
  requestId: string;
  /** The number of what is published, when it is known. A page that is made of one passes its own. */
  generation: number | undefined;
  /** The request's path and query, for "sign in and come back". */
  path: string;
  /** `/assets/<content-hash>/<name>`, e.g. of `portal.css`. Throws for a file that is not in services/portal/assets. */
  assetUrl(name: string): string;
}

export interface RenderOptions {
  status?: number;
  /**
   * The page is the same for everybody and may be kept by the load balancer for so many seconds, and longer while it
   * fetches a newer one. 0: asked for anew each time, since what it shows may have to vanish.
   */
  publicSeconds?: number;
}

/**
 * Renders services/portal/views/<view>.ejs. The Content-Security-Policy allows this origin's own files only: no
 * inline script, no inline style, no `style=` attribute, no event handler attribute.
 * Views: one that is missing or throws becomes a 500, never a half page.
 * The error handler renders `error.ejs` with {status, heading, message, retryAfter?: seconds}.
 */
export function render(
  request: Request,
  response: Response,
  view: string,
  locals: { title: string } & Record<string, unknown>,
  options: RenderOptions = {},
): void {
  const common = opened(request, response, options);
  // `node`, `assetUrl`, `readingOnly` and `generation` are the app's own locals (app.ts).
  response.render(view, { ...common, ...locals });
}

/** Sets what is said before a page, and gives what its views find in their locals. */
export function opened(
  request: Request,
  response: Response,
  options: RenderOptions,
): Omit<CommonLocals, 'title' | 'assetUrl' | 'node' | 'readingOnly' | 'generation'> {
  const isPublic = options.publicSeconds !== undefined;
  response.status(options.status ?? 200);
  response.set(
    'Cache-Control',
    options.publicSeconds === undefined ? 'private, no-store' : shared(options.publicSeconds),
  );
  return {
    user: isPublic ? undefined : request.principal,
    csrfToken: isPublic ? '' : request.csrfToken(),
    requestId: request.requestId,
    path: request.originalUrl,
  };
}

import type { ErrorRequestHandler, RequestHandler } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { asPorticoError, retryAfter, STATUS, toProblem } from './problem.ts';
import { discardRest } from './unread.ts';

/** The one error handler: problem+json under /api/, a page elsewhere. It never throws, and no request ends the process. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = asPorticoError(thrown);
    const { status, title } = STATUS[error.code];
    const context = {
      requestId: request.requestId,
      path: request.path,
      code: error.code,
      err: error.cause ?? error,
    };
    if (status >= 500) log.error(context, error.message);
    else log.debug(context, error.message);
    // Half an answer is out: only cutting the connection tells the client that it is not whole.
    if (response.headersSent) {
      response.destroy();
      return;
    }
    for (const name of ['X-Accel-Redirect', 'Content-Disposition', 'Content-Length', 'ETag', 'Location'])
      response.removeHeader(name);
    discardRest(request, response);
    const seconds = retryAfter(error);
    if (seconds !== undefined) response.set('Retry-After', String(Math.ceil(seconds)));
    if (error.replayed) response.set('Idempotency-Replayed', 'true');
    response.status(status).set('Cache-Control', 'no-store');
    if (status === 401 && isApi(request.path)) response.set('WWW-Authenticate', 'Bearer realm="portico"');
    if (isApi(request.path)) {
      response.type('application/problem+json').send(JSON.stringify(toProblem(error, request.requestId)));
      return;
    }
    const locals = {
      title,
      status,
      heading: title,
      message: error.message,
      retryAfter: seconds,
      requestId: request.requestId,
      path: request.originalUrl,
      user: request.principal,
      // An error page has no form: making a token could fail in turn.
      csrfToken: '',
    };
    response.render('error', locals, (failure: Error | null, html?: string) => {
      if (failure)
        log.error({ requestId: request.requestId, err: failure }, 'the error page cannot be rendered');
      response.type('html').send(html ?? plainPage(title, error.message, request.requestId));
    });
  };
}

/** The end of every path that is known under other methods: names them in `Allow`. */
export function onlyThese(...methods: string[]): RequestHandler {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  return (request, response, next) => {
    response.set('Allow', allowed.join(', '));
    next(
      new PorticoError(
        'method-not-allowed',
        `${request.method} is not possible here, only ${allowed.join(', ')}.`,
      ),
    );
  };
}

export const notFound: RequestHandler = (request, _response, next) => {
  next(
    new PorticoError(
      'not-found',
      isApi(request.path) ? 'The API has nothing at this path.' : 'There is no page at this address.',
    ),
  );
};

export function isApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}

function plainPage(title: string, message: string, requestId: string): string {
  const safe = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${safe(title)}</title><h1>${safe(title)}</h1><p>${safe(message)}</p><p>Request ${requestId}</p></html>`;
}

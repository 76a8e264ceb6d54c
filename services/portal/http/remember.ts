import type { RequestHandler, Response } from 'express';

/** Of pages, without their headers: some two thousand. A portal has 512 MiB. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface RememberOptions<Edition extends object> {
  /** What the pages are made of: another one, and all of them are forgotten. @throws PorticoError when it is not known */
  edition(): Edition | undefined;
  /** The same page has the same key, beside the banner that every page may bear. Default: the path. */
  keyOf?(request: Parameters<RequestHandler>[0]): string;
  maxBytes?: number;
}

interface Page {
  body: Buffer;
  headers: [name: string, value: number | string | readonly string[]][];
}

/**
 * Middleware before the handler of a page that is the same for everybody: rendered once, then answered from memory for as
 * long as its edition is the current one. Only what the handler marked public with 200 and without a cookie is kept, and of
 * that what was asked for last. Whatever stands before it in the app is done for each request all the same.
 */
export function rememberPages<Edition extends object>(options: RememberOptions<Edition>): RequestHandler {
  const { edition, keyOf = ({ path }) => path, maxBytes = MAX_BYTES } = options;
  /** The one that was asked for longest ago is the first. */
  const pages = new Map<string, Page>();
  let bytes = 0;
  let of: Edition | undefined;

  const forget = (key: string) => {
    bytes -= pages.get(key)?.body.length ?? 0;
    pages.delete(key);
  };
  const keep = (key: string, page: Page) => {
    forget(key);
    pages.set(key, page);
    bytes += page.body.length;
    for (const oldest of pages.keys()) {
      if (bytes <= maxBytes) break;
      forget(oldest);
    }
  };

  return (request, response, next) => {
    const now = edition();
    if (now !== of) {
      for (const key of pages.keys()) forget(key);
      of = now;
    }
    if (now === undefined) return next();
    // Every page says so while the database is away.
    const key = `${request.app.locals.readingOnly} ${keyOf(request)}`;
    const page = pages.get(key);
    if (page !== undefined) {
      pages.delete(key);
      pages.set(key, page);
      for (const [name, value] of page.headers) response.setHeader(name, value);
      response.send(page.body);
      return;
    }
    whenSent(response, (made) => {
      // One that took so long that another edition came is nobody's any more.
      if (of === now) keep(key, made);
    });
    next();
  };
}

/** Calls back with what the handlers after this one made of the response, if others may have it as well. */
function whenSent(response: Response, made: (page: Page) => void): void {
  const before = response.getHeaders();
  const send = response.send;
  response.send = (body) => {
    response.send = send;
    const headers = response.getHeaders();
    const isPublic = /\bpublic\b.*\bs-maxage=/.test(String(headers['cache-control']));
    if (typeof body === 'string' && response.statusCode === 200 && isPublic && !headers['set-cookie']) {
      const own = Object.entries({ 'content-type': 'text/html; charset=utf-8', ...headers });
      made({
        body: Buffer.from(body),
        // Those of before, the request's own number among them, are made anew for each answer.
        headers: own.flatMap(([name, value]) =>
          value === undefined || before[name] === value ? [] : [[name, value] as const],
        ) as Page['headers'],
      });
    }
    return send.call(response, body);
  };
}

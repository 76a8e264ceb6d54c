import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { PorticoError } from '../../platform/errors.ts';

/** Holds the nonce of forms that are filled in before sign-in; signed-in forms are bound to the session. */
const FORM_COOKIE = '__Host-portico-form';

export interface Csrf {
  /** The token for a form or script of this client. Without a session it sets a cookie on the answer, once. */
  tokenFor(request: Request, response: Response): string;
  /** @throws PorticoError 'csrf' when another site's page made the browser send this */
  checkOrigin(request: Request): void;
  /** @throws PorticoError 'csrf' */
  checkToken(request: Request, shown: unknown): void;
  /**
   * For a body that may bear the token itself: what the headers say, before any of it is read.
   * @returns false: the body must still show a token @throws PorticoError 'csrf'
   */
  checkHeaders(request: Request): boolean;
}

/**
 * The token is an HMAC over what the browser alone has: its session, or before sign-in a cookie that no other origin can
 * set (`__Host-`). So it needs no row, and a session's token dies with the session.
 */
export function createCsrf(secret: string): Csrf {
  const sign = (subject: string) =>
    createHmac('sha256', secret).update(`csrf ${subject}`).digest('base64url');
  const wanted = (request: Request): string | undefined => {
    if (request.principal?.kind === 'user') return sign(`session ${request.sessionID}`);
    const nonce = cookie(request, FORM_COOKIE);
    return nonce === undefined ? undefined : sign(`form ${nonce}`);
  };
  const csrf: Csrf = {
    tokenFor(request, response) {
      const known = wanted(request);
      if (known !== undefined) return known;
      const nonce = randomBytes(18).toString('base64url');
      response.cookie(FORM_COOKIE, nonce, { httpOnly: true, secure: true, sameSite: 'lax', path: '/' });
      // A second call on this request finds the same nonce.
      request.headers.cookie = [request.headers.cookie, `${FORM_COOKIE}=${nonce}`].filter(Boolean).join('; ');
      return sign(`form ${nonce}`);
    },
    checkOrigin(request) {
      const site = request.headers['sec-fetch-site'];
      const { origin, host } = request.headers;
      const own =
        site !== undefined
          ? site === 'same-origin' || site === 'none'
          : origin === undefined || origin === `${request.protocol}://${host}`;
      if (!own)
        throw new PorticoError('csrf', 'This request was made by a page of another site, so it was refused.');
    },
    checkToken(request, shown) {
      const expected = wanted(request);
      if (typeof shown === 'string' && expected !== undefined && equal(shown, expected)) return;
      throw new PorticoError(
        'csrf',
        'This form was opened before you signed in or out, or was not sent from here. Load the page again and repeat it.',
      );
    },
    checkHeaders(request) {
      if (request.principal?.kind === 'token') return true;
      csrf.checkOrigin(request);
      const shown = request.headers['x-csrf-token'];
      if (shown === undefined) return false;
      csrf.checkToken(request, shown);
      return true;
    },
  };
  return csrf;
}

function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

export function cookie(request: Request, name: string): string | undefined {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value) return value;
  }
  return undefined;
}

import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { type Principal, ROLES } from '../http/context.ts';
import { cookie } from '../http/csrf.ts';

/** Beside the session's cookie: who was signed in, as the database last said it. */
export const CLAIM_COOKIE = '__Host-portico-claim';
const ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;
/**
 * For so long a person goes on reading while the database is away: long enough for an outage that somebody mends, and
 * not for a lost laptop. A session that was ended meanwhile is known again as soon as the database is.
 */
const LIFE_MS = 3_600_000;
/** A claim that is older is renewed with the next answer. */
const FRESH_MS = 300_000;

const claim = z.object({
  /** SHA-256 of the session's id, so that the claim is worth nothing without the session's cookie. */
  session: z.string(),
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  at: z.number(),
});

export interface Claims {
  issue(sessionId: string, principal: Principal, now?: number): string;
  /** @returns who the claim says it is; undefined when it is forged, of another session, or too old */
  read(cookie: string | undefined, sessionId: string, now?: number): Principal | undefined;
  /** It says the same of this session, and is not about to end. */
  isFresh(cookie: string | undefined, sessionId: string, principal: Principal, now?: number): boolean;
  /** Who sends this, by the claim that comes with it. */
  of(request: Request): Principal | undefined;
  /** After the database has said whose session it is: the answer brings a claim that says so, or takes an old one away. */
  renew(request: Request, response: Response): void;
}

/** @param secret the cluster's: any portal reads what another issued, also after a restart */
export function createClaims(secret: string): Claims {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'portico claim', 32));
  const sign = (text: string) => createHmac('sha256', key).update(text).digest();
  const hash = (sessionId: string) => createHash('sha256').update(sessionId).digest('base64url');

  function open(cookie: string | undefined, sessionId: string, now: number) {
    const [text, signature, more] = cookie?.split('.') ?? [];
    if (!text || !signature || more !== undefined) return undefined;
    const shown = Buffer.from(signature, 'base64url');
    const wanted = sign(text);
    if (shown.length !== wanted.length || !timingSafeEqual(shown, wanted)) return undefined;
    const parsed = claim.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
    if (!parsed || parsed.session !== hash(sessionId) || Math.abs(now - parsed.at) > LIFE_MS)
      return undefined;
    return parsed;
  }

  const claims: Claims = {
    issue(sessionId, { id, name, role }, now = Date.now()) {
      const said: z.infer<typeof claim> = { session: hash(sessionId), id, name, role, at: now };
      const text = Buffer.from(JSON.stringify(said)).toString('base64url');
      return `${text}.${sign(text).toString('base64url')}`;
    },
    read(cookie, sessionId, now = Date.now()) {
      const found = open(cookie, sessionId, now);
      return found && { id: found.id, name: found.name, role: found.role, kind: 'user', claimed: true };
    },
    isFresh(cookie, sessionId, principal, now = Date.now()) {
      const found = open(cookie, sessionId, now);
      return (
        found !== undefined &&
        found.id === principal.id &&
        found.role === principal.role &&
        found.name === principal.name &&
        Math.abs(now - found.at) < FRESH_MS
      );
    },
    of: (request) => claims.read(cookie(request, CLAIM_COOKIE), request.sessionID),
    renew(request, response) {
      const { principal, sessionID } = request;
      const held = cookie(request, CLAIM_COOKIE);
      if (!principal) {
        if (held !== undefined) response.clearCookie(CLAIM_COOKIE, ATTRIBUTES);
      } else if (!claims.isFresh(held, sessionID, principal)) {
        response.cookie(CLAIM_COOKIE, claims.issue(sessionID, principal), ATTRIBUTES);
      }
    },
  };
  return claims;
}

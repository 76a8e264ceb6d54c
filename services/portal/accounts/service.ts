import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { IdempotencyKey } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Accounts, Principal } from '../http/context.ts';
import { cookie } from '../http/csrf.ts';
import { keyOf } from '../http/input.ts';
import { CLAIM_COOKIE, type Claims } from './claims.ts';
import type { Passwords } from './passwords.ts';
import type { SignIns } from './sign-ins.ts';
import type { Throttle } from './throttle.ts';
import type { Users } from './users.ts';

export const SESSION_COOKIE = '__Host-portico';
/** Readable by scripts and without a value: tells a public page that somebody is signed in. */
export const HINT_COOKIE = '__Host-portico-hint';
const HINT = { secure: true, sameSite: 'lax', path: '/' } as const;

export interface AccountParts {
  users: Users;
  passwords: Passwords;
  throttle: Throttle;
  signIns: SignIns;
  claims: Claims;
  log: Logger;
}

export function createAccounts(parts: AccountParts): Accounts {
  const { users, passwords, throttle, signIns, claims, log } = parts;
  return {
    async signIn(request, response, credentials) {
      if (request.principal?.kind === 'token')
        throw new PorticoError('invalid', 'A token needs no session. To begin one, send no Authorization.');
      const key = keyOf(request);
      const name = credentials.name.trim();
      const { password } = credentials;
      const fields: Record<string, string> = {};
      if (name === '' || name.length > 64) fields.name = 'Enter your name, of at most 64 characters.';
      if (password === '' || password.length > 1024) fields.password = 'Enter your password.';
      if (Object.keys(fields).length > 0)
        throw new PorticoError('invalid', 'Enter your name and your password.', { fields });

      const wait = await throttle.begin(name, request.clientAddress);
      if (wait !== undefined) {
        log.warn(
          { requestId: request.requestId, client: request.clientAddress, user: name },
          'sign-in throttled',
        );
        const minutes = Math.max(1, Math.ceil(wait / 60));
        throw new PorticoError(
          'throttled',
          `Too many attempts to sign in. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
          { retryAfter: wait },
        );
      }
      const user = await users.byName(name);
      const matches = await passwords.verify(user?.passwordHash, password);
      if (!user || !matches) {
        log.warn(
          { requestId: request.requestId, client: request.clientAddress, user: name },
          'sign-in failed',
        );
        throw new PorticoError('unauthenticated', 'The name or the password is wrong.');
      }
      await throttle.forgive(name, request.clientAddress);
      const begun = await signIns.begin({
        principal: { id: user.id, name: user.name, role: user.role, kind: 'user' },
        userVersion: user.version,
        replaces: request.sessionID,
        key,
      });
      const { principal, replayed } = begun;
      useSession(request, begun.id, principal, user.version);
      response.cookie(HINT_COOKIE, '1', HINT);
      request.principal = principal;
      claims.renew(request, response);
      log.info({ requestId: request.requestId, client: request.clientAddress, user: user.name }, 'signed in');
      return { principal, replayed };
    },

    async signOut(request, response) {
      const idempotency = keyOfSession(request);
      let outcome = { replayed: false };
      if (request.session?.principal) outcome = await signIns.end(request.sessionID, idempotency);
      else if (idempotency) outcome = await signIns.ended(idempotency);
      forget(request, response);
      return outcome;
    },

    forget,
  };
}

/** From now on the request, and the cookie of its answer, belong to the session that has begun. */
function useSession(request: Request, id: string, principal: Principal, userVersion: number): void {
  request.begunSession = id;
  request.sessionStore.generate(request);
  Object.assign(request.session, { principal, userVersion });
}

/** Signing out is repeated by somebody who is nobody by then: the key belongs to whoever holds the session's cookie. */
function keyOfSession(request: Request): IdempotencyKey | undefined {
  const key = keyOf(request);
  const held = cookie(request, SESSION_COOKIE);
  if (key === undefined || held === undefined) return undefined;
  return { principal: `session ${createHash('sha256').update(held).digest('hex')}`, key };
}

function forget(request: Request, response: Response): void {
  // Else express-session would keep what has just ended.
  Reflect.deleteProperty(request, 'session');
  request.principal = undefined;
  response.clearCookie(SESSION_COOKIE, { ...HINT, httpOnly: true });
  response.clearCookie(CLAIM_COOKIE, { ...HINT, httpOnly: true });
  response.clearCookie(HINT_COOKIE, HINT);
}

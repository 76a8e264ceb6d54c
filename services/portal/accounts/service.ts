import type { Request, Response } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Accounts, Principal } from '../http/context.ts';
import type { Passwords } from './passwords.ts';
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
  log: Logger;
}

export function createAccounts({ users, passwords, throttle, log }: AccountParts): Accounts {
  return {
    async signIn(request, response, credentials) {
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
      const principal: Principal = { id: user.id, name: user.name, role: user.role, kind: 'user' };
      await startSession(request, principal, user.version);
      response.cookie(HINT_COOKIE, '1', HINT);
      request.principal = principal;
      log.info({ requestId: request.requestId, client: request.clientAddress, user: user.name }, 'signed in');
      return principal;
    },

    async signOut(request, response) {
      if (request.session?.principal) {
        await new Promise<void>((resolve, reject) => {
          request.session.destroy((error) => (error ? reject(error) : resolve()));
        });
      }
      clearCookies(response);
      request.principal = undefined;
    },
  };
}

/** A fresh id at sign-in: one that somebody planted before is worth nothing. Saved before the answer goes out. */
async function startSession(request: Request, principal: Principal, userVersion: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.session.regenerate((error) => (error ? reject(error) : resolve()));
  });
  Object.assign(request.session, { principal, userVersion });
  await new Promise<void>((resolve, reject) => {
    request.session.save((error) => (error ? reject(error) : resolve()));
  });
}

function clearCookies(response: Response): void {
  response.clearCookie(SESSION_COOKIE, { ...HINT, httpOnly: true });
  response.clearCookie(HINT_COOKIE, HINT);
}

import { createHash, randomBytes } from 'node:crypto';
import session, { type SessionData } from 'express-session';
import type { Database, Transaction } from '../../platform/database/types.ts';
import type { Logger } from '../../platform/log.ts';
import type { Principal } from '../http/context.ts';

/** A session ends after so long without a request, and at the latest so long after sign-in. */
const IDLE_HOURS = 12;
const LIFE_DAYS = 7;
/** The expiry moves at most this often, so that reading pages does not write: seconds. */
const TOUCH_SECONDS = 60;

declare module 'express-serve-static-core' {
  interface Request {
    /** The id of a session that sign-in has just begun: express-session takes it for the one that it makes. */
    begunSession?: string;
  }
}

declare module 'express-session' {
  interface SessionData {
    /** Who is signed in, read from the user's row each time: a changed role counts at once. */
    principal: Principal;
    /** The user's version at sign-in; a newer one (a new password) ends the session. */
    userVersion: number;
    /** Seconds until the session ends, when it was loaded. */
    secondsLeft: number;
  }
}

interface SessionRow {
  userVersion: number;
  secondsLeft: number;
  id: string;
  name: string;
  role: Principal['role'];
}

/** Sessions in the database: any portal serves any of them. The row's key is the id's SHA-256, so the table opens no door. */
export class SessionStore extends session.Store {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #patient: boolean;
  readonly #touching = new Set<string>();

  /** @param options.patient waits for the database as long as a write does; else only until it is away */
  constructor(database: Database, log: Logger, { patient = false } = {}) {
    super();
    this.#database = database;
    this.#log = log;
    this.#patient = patient;
  }

  override get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    settle(this.#load(rowKey(id)), callback);
  }

  /** Nothing of a session is written but where somebody signs in (sign-ins.ts) and where it is touched. */
  override set(_id: string, _data: SessionData, callback?: (error?: unknown) => void): void {
    callback?.();
  }

  override destroy(id: string, callback?: (error?: unknown) => void): void {
    const ending = this.#database.write((tx) => deleteSession(tx, id));
    settle(ending, callback && ((error) => callback(error)));
  }

  /** Never waits, and never fails a request: at worst the session ends a little earlier. */
  override touch(id: string, data: SessionData, callback?: () => void): void {
    callback?.();
    const key = rowKey(id);
    if (data.secondsLeft > IDLE_HOURS * 3600 - TOUCH_SECONDS || this.#touching.has(key)) return;
    this.#touching.add(key);
    this.#database
      .write((tx) =>
        tx.execute(
          `UPDATE sessions SET expires_at = LEAST(UTC_TIMESTAMP(3) + INTERVAL ? HOUR, created_at + INTERVAL ? DAY)
           WHERE id = ?`,
          [IDLE_HOURS, LIFE_DAYS, key],
        ),
      )
      .catch((error: unknown) => this.#log.warn({ err: error }, "a session's expiry could not be moved"))
      .finally(() => this.#touching.delete(key));
  }

  async #load(key: string): Promise<SessionData | null> {
    const [row] = await this.#database.read(
      (reader) =>
        reader.query<SessionRow>(
          `SELECT s.user_version AS userVersion, u.id, u.name, u.role,
                TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), s.expires_at) AS secondsLeft
         FROM sessions s JOIN users u ON u.id = s.user_id AND u.version = s.user_version
         WHERE s.id = ? AND s.expires_at > UTC_TIMESTAMP(3)`,
          [key],
        ),
      { impatient: !this.#patient },
    );
    if (!row) return null;
    const { id, name, role, userVersion, secondsLeft } = row;
    return { cookie: COOKIE, principal: { id, name, role, kind: 'user' }, userVersion, secondsLeft };
  }
}

export async function insertSession(
  tx: Transaction,
  id: string,
  { userId, userVersion }: { userId: string; userVersion: number },
): Promise<void> {
  await tx.execute(
    `INSERT INTO sessions (id, user_id, user_version, expires_at)
     VALUES (?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL ? HOUR)`,
    [rowKey(id), userId, userVersion, IDLE_HOURS],
  );
}

export async function deleteSession(tx: Transaction, id: string): Promise<void> {
  await tx.execute('DELETE FROM sessions WHERE id = ?', [rowKey(id)]);
}

const COOKIE = { originalMaxAge: null, httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

/** 256 bits: nobody finds a session by trying. */
export function newSessionId(): string {
  return randomBytes(32).toString('base64url');
}

function rowKey(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

function settle<T>(work: Promise<T>, callback?: (error: unknown, value?: T) => void): void {
  work.then(
    (value) => callback?.(null, value),
    (error: unknown) => callback?.(error),
  );
}

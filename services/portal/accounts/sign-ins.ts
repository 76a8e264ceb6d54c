import { answerOnce, claimOf, earlierAnswer } from '../../platform/database/idempotency.ts';
import type { Database, IdempotencyKey } from '../../platform/database/types.ts';
import type { Principal } from '../http/context.ts';
import { scopeOf } from '../http/input.ts';
import type { Seal } from './seal.ts';
import { deleteSession, insertSession, newSessionId } from './sessions.ts';

export interface SignIn {
  principal: Principal;
  userVersion: number;
  /** The session that this one takes the place of, if its id is anybody's. */
  replaces: string;
  /** The client's Idempotency-Key. It is the person's who signs in, whose password was checked before. */
  key: string | undefined;
}

/** Sessions as the API's writes know them: begun once and ended once for each Idempotency-Key. */
export interface SignIns {
  /** @returns the session's id, the same for the same key: what the client's cookie is made of */
  begin(signIn: SignIn): Promise<{ id: string; principal: Principal; replayed: boolean }>;
  end(id: string, idempotency: IdempotencyKey | undefined): Promise<{ replayed: boolean }>;
  /** Nobody is signed in: was that an earlier request with this key? */
  ended(idempotency: IdempotencyKey): Promise<{ replayed: boolean }>;
}

const BEGIN = 'POST /api/v1/session';
const END = 'DELETE /api/v1/session';

/**
 * The password is no part of what is compared: it was verified, as often as the key is used, before the key is looked
 * at. So the table says nothing of it, and a key is no way around the throttle.
 * @param seal closes the session's id inside the stored answer
 */
export function createSignIns(database: Database, seal: Seal): SignIns {
  return {
    async begin({ principal, userVersion, replaces, key }) {
      const claim = claimOf(key === undefined ? undefined : { principal: scopeOf(principal), key }, BEGIN);
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
        const id = newSessionId();
        await deleteSession(tx, replaces);
        await insertSession(tx, id, { userId: principal.id, userVersion });
        return { status: 201, body: { principal, sealed: seal.close(id) } };
      });
      return { id: seal.open(answer.body.sealed), principal: answer.body.principal, replayed };
    },
    async end(id, idempotency) {
      const { replayed } = await answerOnce(database, claimOf(idempotency, END), async (tx) => {
        await deleteSession(tx, id);
        return { status: 204, body: null };
      });
      return { replayed };
    },
    async ended(idempotency) {
      const claim = claimOf(idempotency, END);
      const earlier = await database.read((reader) => earlierAnswer(reader, claim));
      return { replayed: earlier !== undefined };
    },
  };
}

import { createHash, randomBytes } from 'node:crypto';
import { ulid } from 'ulid';
import { answerOnce, claimOf } from '../../platform/database/idempotency.ts';
import { isDuplicate } from '../../platform/database/outcome.ts';
import type { Database } from '../../platform/database/types.ts';
import { orWithout } from '../../platform/database/without.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Principal } from '../http/context.ts';
import { rememberTokens } from './remembered-tokens.ts';
import { createSeal } from './seal.ts';
import type { ApiToken, Tokens } from './types.ts';

const COLUMNS = 'id, name, role, created_by AS createdBy, created_at AS createdAt';

export interface TokenService extends Tokens {
  /**
   * Whose secret this is; undefined when it is nobody's. While the database is away: who it was lately, `claimed`.
   * @param patient waits for the database as long as a write does, and believes nothing else
   * @throws PorticoError 'database-unavailable'
   */
  holder(secret: string, patient?: boolean): Promise<Principal | undefined>;
}

/** @param sealKey a secret of the cluster: seals a new token inside the answer that its Idempotency-Key may ask for again */
export function createTokens(database: Database, sealKey: string): TokenService {
  const seal = createSeal(sealKey);
  const remembered = rememberTokens();
  return {
    async holder(secret, patient = false) {
      if (!/^portico_[\w-]{43}$/.test(secret)) return undefined;
      const hash = sha256(secret);
      const lookUp = async () => {
        const [row] = await database.read(
          (reader) =>
            reader.query<Omit<Principal, 'kind'>>('SELECT id, name, role FROM tokens WHERE hash = ?', [hash]),
          { impatient: !patient },
        );
        return remembered.note(hash, row && { id: row.id, name: row.name, role: row.role, kind: 'token' });
      };
      return patient ? lookUp() : orWithout(database, lookUp, () => remembered.recall(hash));
    },

    async list({ cursor, limit }) {
      // ULIDs sort by time: the newest first, and the cursor is the last one seen.
      if (cursor !== undefined && !/^[0-9A-Z]{26}$/.test(cursor))
        throw new PorticoError('invalid', 'The cursor is not one of ours.');
      return database.read(async (reader) => {
        const rows = await reader.query<ApiToken>(
          `SELECT ${COLUMNS} FROM tokens WHERE id < ? ORDER BY id DESC LIMIT ?`,
          [cursor ?? '~', limit + 1],
        );
        const [count] = await reader.query<{ total: number }>('SELECT COUNT(*) AS total FROM tokens');
        const items = rows.slice(0, limit);
        const more = rows.length > limit ? { nextCursor: items.at(-1)!.id } : {};
        return { items, ...more, total: Number(count?.total ?? 0) };
      });
    },

    async create({ name: given, role, createdBy, idempotency }) {
      const name = given.trim();
      if (!/^[^\p{C}]{1,64}$/u.test(name))
        throw new PorticoError('invalid', 'The token needs a name.', {
          fields: { name: '1 to 64 printable characters' },
        });
      const claim = claimOf(idempotency, 'POST /api/v1/tokens', name, role);
      const { answer, replayed } = await answerOnce(database, claim, async (tx) => {
        const secret = `portico_${randomBytes(32).toString('base64url')}`;
        const token: ApiToken = { id: ulid(), name, role, createdBy, createdAt: new Date() };
        try {
          await tx.execute(
            'INSERT INTO tokens (id, name, role, hash, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?)',
            [token.id, name, role, sha256(secret), createdBy, token.createdAt],
          );
        } catch (error) {
          if (!isDuplicate(error)) throw error;
          throw new PorticoError('conflict', `There is a token named “${name}” already.`, { cause: error });
        }
        return { status: 201, body: { token, sealed: seal.close(secret) } };
      });
      const { token, sealed } = answer.body;
      return {
        token: { ...token, createdAt: new Date(token.createdAt) },
        secret: seal.open(sealed),
        replayed,
      };
    },

    async remove(id, idempotency) {
      const claim = claimOf(idempotency, `DELETE /api/v1/tokens/${id}`);
      const { replayed } = await answerOnce(database, claim, async (tx) => {
        const { affectedRows } = await tx.execute('DELETE FROM tokens WHERE id = ?', [id]);
        if (affectedRows === 0) throw new PorticoError('not-found', 'There is no such token.');
        return { status: 204, body: null };
      });
      return { replayed };
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

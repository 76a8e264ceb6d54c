import { PorticoError } from '../errors.ts';
import { isDuplicate } from './outcome.ts';
import type { Database, IdempotencyClaim, StoredAnswer, Transaction } from './types.ts';

interface StoredRow {
  fingerprint: string;
  status: number;
  answer: unknown;
}

/**
 * Runs `work` once for each key: its writes and its answer are committed together, and the same request gets the
 * same answer again. Two at once run once, on whichever nodes: the key's row is inserted first, and the other
 * waits for it or fails certification and comes back to find it. What `work` throws is not stored.
 * @throws PorticoError 'idempotency-mismatch' when the key was used for another request
 */
export function answerOnce<T>(
  database: Database,
  claim: IdempotencyClaim | undefined,
  work: (tx: Transaction) => Promise<StoredAnswer<T>>,
  options?: { operationId?: string },
): Promise<{ answer: StoredAnswer<T>; replayed: boolean }> {
  return database.write(async (tx) => {
    if (claim === undefined) {
      return { answer: await work(tx), replayed: false };
    }
    if (!(await take(tx, claim))) {
      return { answer: await earlierAnswer<T>(tx, claim), replayed: true };
    }
    const answer = await work(tx);
    await tx.execute(
      'UPDATE idempotency_keys SET status = ?, answer = ? WHERE principal = ? AND idem_key = ?',
      [answer.status, JSON.stringify(answer.body ?? null), claim.principal, claim.key],
    );
    return { answer, replayed: false };
  }, options);
}

async function take(tx: Transaction, claim: IdempotencyClaim): Promise<boolean> {
  try {
    await tx.execute(
      `INSERT INTO idempotency_keys (principal, idem_key, fingerprint, operation_id, status, answer)
       VALUES (?, ?, ?, ?, 0, 'null')`,
      [claim.principal, claim.key, claim.fingerprint, tx.operationId],
    );
    return true;
  } catch (error) {
    if (isDuplicate(error)) {
      return false;
    }
    throw error;
  }
}

async function earlierAnswer<T>(tx: Transaction, claim: IdempotencyClaim): Promise<StoredAnswer<T>> {
  const [row] = await tx.query<StoredRow>(
    'SELECT fingerprint, status, answer FROM idempotency_keys WHERE principal = ? AND idem_key = ?',
    [claim.principal, claim.key],
  );
  if (row === undefined) {
    throw new PorticoError('conflict', 'The earlier request with this Idempotency-Key was withdrawn.');
  }
  if (row.fingerprint !== claim.fingerprint) {
    throw new PorticoError(
      'idempotency-mismatch',
      'This Idempotency-Key was used for another request. Use a new key for a new request.',
    );
  }
  return { status: row.status, body: row.answer as T };
}

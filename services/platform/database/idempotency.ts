import { createHash } from 'node:crypto';
import { type ErrorCode, PorticoError } from '../errors.ts';
import { isDuplicate } from './outcome.ts';
import type {
  Database,
  IdempotencyClaim,
  IdempotencyKey,
  Reader,
  StoredAnswer,
  Transaction,
} from './types.ts';

interface StoredRow {
  fingerprint: string;
  status: number;
  answer: unknown;
}

/** The row's status when the answer is a refusal: its code becomes an HTTP status where every code does. */
const REFUSED = 0;

/** A refusal that `work` decided from what it read: it is an answer, and the same request gets it again. */
interface Refusal {
  code: ErrorCode;
  message: string;
  fields?: Record<string, string>;
}

/**
 * What was decided about the request itself. The draft of the header wants the result of the first request again, "success
 * or an error" (https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-06#section-2.6): a 404 that
 * was lost on its way must not become a 204 because somebody has made the thing meanwhile. What says nothing about the
 * request (who asks, too many, out of order on our side) is never kept, so that a retry can do better.
 */
const DECIDED: readonly ErrorCode[] = ['invalid', 'not-found', 'conflict'];

/** @param parts what makes the request that request: method and path first, then whatever of its body counts */
export function fingerprintOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The claim on a key for one request; undefined when its client sent none. */
export function claimOf(key: IdempotencyKey, ...parts: readonly unknown[]): IdempotencyClaim;
export function claimOf(
  key: IdempotencyKey | undefined,
  ...parts: readonly unknown[]
): IdempotencyClaim | undefined;
export function claimOf(
  key: IdempotencyKey | undefined,
  ...parts: readonly unknown[]
): IdempotencyClaim | undefined {
  return key && { principal: key.principal, key: key.key, fingerprint: fingerprintOf(...parts) };
}

/**
 * Runs `work` once for each key: its writes and its answer are committed together, and the same request gets the
 * same answer again. Two at once run once, on whichever nodes: the key's row is inserted first, and the other
 * waits for it or fails certification and comes back to find it.
 *
 * A PorticoError 'invalid', 'not-found' or 'conflict' that `work` throws is an answer, too: what `work` wrote is undone, and the
 * refusal is kept under the key. Whatever else it throws is not kept, and the key is free again.
 * @throws PorticoError 'idempotency-mismatch' when the key was used for another request; a refusal, `replayed` when it is
 * an earlier one
 */
export async function answerOnce<T>(
  database: Database,
  claim: IdempotencyClaim | undefined,
  work: (tx: Transaction) => Promise<StoredAnswer<T>>,
  options?: { operationId?: string },
): Promise<{ answer: StoredAnswer<T>; replayed: boolean }> {
  const outcome = await database.write(async (tx) => {
    if (claim === undefined) return { answer: await work(tx), replayed: false };
    if (!(await take(tx, claim))) {
      const earlier = await find(tx, claim);
      if (earlier) return { answer: earlier, replayed: true };
      throw new PorticoError('conflict', 'The earlier request with this Idempotency-Key was withdrawn.');
    }
    const answer = await decide(tx, work);
    await tx.execute(
      'UPDATE idempotency_keys SET status = ?, answer = ? WHERE principal = ? AND idem_key = ?',
      [answer.status, JSON.stringify(answer.body ?? null), claim.principal, claim.key],
    );
    return { answer, replayed: false };
  }, options);
  return { answer: given<T>(outcome.answer, outcome.replayed), replayed: outcome.replayed };
}

/**
 * The answer that an earlier request with this key got, without claiming the key.
 * @throws PorticoError 'idempotency-mismatch', or the earlier refusal
 */
export async function earlierAnswer<T>(
  reader: Reader,
  claim: IdempotencyClaim,
): Promise<StoredAnswer<T> | undefined> {
  const earlier = await find(reader, claim);
  return earlier && given<T>(earlier, true);
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
    if (isDuplicate(error)) return false;
    throw error;
  }
}

async function decide<T>(
  tx: Transaction,
  work: (tx: Transaction) => Promise<StoredAnswer<T>>,
): Promise<StoredAnswer<T | Refusal>> {
  await tx.execute('SAVEPOINT before_work');
  try {
    return await work(tx);
  } catch (error) {
    if (!(error instanceof PorticoError) || !DECIDED.includes(error.code)) throw error;
    await tx.execute('ROLLBACK TO SAVEPOINT before_work');
    const { code, message, fields } = error;
    return { status: REFUSED, body: { code, message, ...(fields && { fields }) } };
  }
}

async function find(reader: Reader, claim: IdempotencyClaim): Promise<StoredAnswer<unknown> | undefined> {
  const [row] = await reader.query<StoredRow>(
    'SELECT fingerprint, status, answer FROM idempotency_keys WHERE principal = ? AND idem_key = ?',
    [claim.principal, claim.key],
  );
  if (row === undefined) return undefined;
  if (row.fingerprint === claim.fingerprint) return { status: row.status, body: row.answer };
  throw new PorticoError(
    'idempotency-mismatch',
    'This Idempotency-Key was used for another request. Use a new key for a new request.',
  );
}

function given<T>({ status, body }: StoredAnswer<unknown>, replayed: boolean): StoredAnswer<T> {
  if (status !== REFUSED) return { status, body: body as T };
  const { code, message, fields } = body as Refusal;
  throw new PorticoError(code, message, { replayed, ...(fields && { fields }) });
}

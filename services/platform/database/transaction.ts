import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { PorticoError } from '../errors.ts';
import type { Lease } from './node.ts';
import { classify, isDuplicate } from './outcome.ts';
import type { Reader, SqlValue, Transaction } from './types.ts';

/** One call of `Database.write` over all its tries. */
export interface Operation<T> {
  readonly id: string;
  /** Counted from 1; stands in the operation's row, so that the row says which try was committed. */
  tries: number;
  /** What each try computed before its COMMIT. */
  readonly results: Map<number, T>;
}

/**
 * One try. The operation's row is inserted first, under the same id in every try. So a COMMIT whose answer was lost
 * needs no guess: if it took effect, the next try meets its row (BEGIN waits for causality) and takes that try's
 * result; if it is still under way, certification lets only one of the two pass.
 */
export async function runTry<T>(
  lease: Lease,
  operation: Operation<T>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { connection } = lease;
  operation.tries += 1;
  const attempt = operation.tries;
  try {
    await connection.query('START TRANSACTION');
    if (!(await begin(connection, operation.id, attempt))) {
      const result = await committedBefore(connection, operation);
      lease.giveBack();
      return result;
    }
    const tx = openTransaction(connection, operation.id);
    const result = await work(tx).finally(() => tx.close());
    operation.results.set(attempt, result);
    await connection.query('COMMIT');
    lease.giveBack();
    return result;
  } catch (error) {
    await abandon(lease, error);
    throw error;
  }
}

async function begin(connection: PoolConnection, id: string, attempt: number): Promise<boolean> {
  try {
    await connection.query('INSERT INTO operations (id, attempt) VALUES (?, ?)', [id, attempt]);
    return true;
  } catch (error) {
    if (isDuplicate(error)) {
      return false;
    }
    throw error;
  }
}

async function committedBefore<T>(connection: PoolConnection, operation: Operation<T>): Promise<T> {
  await connection.query('ROLLBACK');
  const [rows] = await connection.query<RowDataPacket[]>('SELECT attempt FROM operations WHERE id = ?', [
    operation.id,
  ]);
  const attempt = Number(rows[0]?.attempt ?? 0);
  if (!operation.results.has(attempt)) {
    throw new PorticoError('conflict', 'This operation has been carried out before.');
  }
  return operation.results.get(attempt) as T;
}

/** The connection goes back clean, or not at all. */
async function abandon(lease: Lease, error: unknown): Promise<void> {
  if (classify(error).kind === 'elsewhere') {
    lease.destroy('was abandoned in the middle of a transaction');
    return;
  }
  try {
    await lease.connection.query('ROLLBACK');
    lease.giveBack();
  } catch {
    lease.destroy('could not roll back');
  }
}

function openTransaction(connection: PoolConnection, operationId: string): Transaction & { close(): void } {
  let open = true;
  // The connection is somebody else's once the transaction has ended.
  const check = () => {
    if (!open) {
      throw new Error('The transaction has ended; a statement came after it.');
    }
  };
  return {
    operationId,
    close: () => {
      open = false;
    },
    query: async <R extends object>(sql: string, values: readonly SqlValue[] = []) => {
      check();
      const [rows] = await connection.query<RowDataPacket[]>(sql, [...values]);
      return rows as unknown as R[];
    },
    execute: async (sql, values = []) => {
      check();
      const [header] = await connection.query<ResultSetHeader>(sql, [...values]);
      return { affectedRows: header.affectedRows, insertId: header.insertId };
    },
  };
}

export function openReader(connection: PoolConnection): Reader & { close(): void } {
  const { query, close } = openTransaction(connection, '');
  return { query, close };
}

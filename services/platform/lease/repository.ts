import type { Reader, Transaction } from '../database/types.ts';
import type { LeaseRow } from './plan.ts';

/** The table `leases`, and nothing but SQL. */

export async function findLease(reader: Reader, name: string): Promise<LeaseRow | undefined> {
  const [row] = await reader.query<{ owner: string | null; token: number; beat: number }>(
    'SELECT owner, token, beat FROM leases WHERE name = ?',
    [name],
  );
  return row && { ...row, owner: row.owner ?? undefined };
}

export async function makeLease(tx: Transaction, name: string): Promise<void> {
  await tx.execute('INSERT IGNORE INTO leases (name, owner, token, beat) VALUES (?, NULL, 0, 0)', [name]);
}

/** @param seen at the last look; a holder that has shown life since keeps it @returns false when somebody else was faster */
export async function takeLease(
  tx: Transaction,
  name: string,
  seen: Pick<LeaseRow, 'token' | 'beat'>,
  owner: string,
): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    `UPDATE leases SET owner = ?, token = token + 1, beat = beat + 1, since = UTC_TIMESTAMP(3)
     WHERE name = ? AND token = ? AND beat = ?`,
    [owner, name, seen.token, seen.beat],
  );
  return affectedRows === 1;
}

/** @returns false when another has taken it */
export async function renewLease(tx: Transaction, name: string, token: number): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    'UPDATE leases SET beat = beat + 1 WHERE name = ? AND token = ?',
    [name, token],
  );
  return affectedRows === 1;
}

/** In the transaction of whoever acts by the lease. @returns false when another has taken it */
export async function guardLease(tx: Transaction, name: string, token: number): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    'UPDATE leases SET guarded = guarded + 1 WHERE name = ? AND token = ?',
    [name, token],
  );
  return affectedRows === 1;
}

export async function giveBackLease(tx: Transaction, name: string, token: number): Promise<void> {
  await tx.execute('UPDATE leases SET owner = NULL, beat = beat + 1 WHERE name = ? AND token = ?', [
    name,
    token,
  ]);
}

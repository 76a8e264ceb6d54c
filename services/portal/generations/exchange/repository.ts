import { isDuplicate } from '../../../platform/database/outcome.ts';
import type { Reader, Transaction } from '../../../platform/database/types.ts';
import { PorticoError } from '../../../platform/errors.ts';

/** The tables `trusted_keys` and `generation_origins`, and nothing but SQL. */

export interface TrustedKey {
  name: string;
  publicKey: string;
  fingerprint: string;
  addedBy: string;
  addedAt: Date;
}

const KEY = 'name, public_key AS publicKey, fingerprint, added_by AS addedBy, added_at AS addedAt';

export function listTrusted(reader: Reader): Promise<TrustedKey[]> {
  return reader.query<TrustedKey>(`SELECT ${KEY} FROM trusted_keys ORDER BY name`);
}

export async function findTrusted(reader: Reader, fingerprint: string): Promise<TrustedKey | undefined> {
  const [key] = await reader.query<TrustedKey>(`SELECT ${KEY} FROM trusted_keys WHERE fingerprint = ?`, [
    fingerprint,
  ]);
  return key;
}

/** @throws PorticoError 'conflict' */
export async function insertTrusted(tx: Transaction, key: TrustedKey): Promise<void> {
  try {
    await tx.execute(
      'INSERT INTO trusted_keys (name, public_key, fingerprint, added_by, added_at) VALUES (?, ?, ?, ?, ?)',
      [key.name, key.publicKey, key.fingerprint, key.addedBy, key.addedAt],
    );
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new PorticoError('conflict', `The name “${key.name}” or this key is trusted already.`, {
      cause: error,
    });
  }
}

/** @returns false: there was none */
export async function deleteTrusted(tx: Transaction, name: string): Promise<boolean> {
  const { affectedRows } = await tx.execute('DELETE FROM trusted_keys WHERE name = ?', [name]);
  return affectedRows > 0;
}

/** The generation that was made of this manifest: by an import, or here, before it was exported. */
export async function findByManifest(reader: Reader, manifestSha256: string): Promise<number | undefined> {
  const [row] = await reader.query<{ n: number }>(
    `SELECT n FROM generations WHERE manifest_sha256 = ?
     UNION SELECT n FROM generation_origins WHERE manifest_sha256 = ? ORDER BY n LIMIT 1`,
    [manifestSha256, manifestSha256],
  );
  return row?.n;
}

/** A second one of the same manifest is a duplicate. */
export async function insertOrigin(
  tx: Transaction,
  n: number,
  manifestSha256: string,
  from: { cluster: string; n: number; fingerprint: string },
): Promise<void> {
  await tx.execute(
    'INSERT INTO generation_origins (manifest_sha256, n, cluster, origin_n, fingerprint) VALUES (?, ?, ?, ?, ?)',
    [manifestSha256, n, from.cluster, from.n, from.fingerprint],
  );
}

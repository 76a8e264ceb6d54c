import type { Reader, Transaction } from '../../platform/database/types.ts';

/** The table `blob_findings`: blobs that cannot be served. */
export interface BlobFinding {
  sha256: string;
  /** `rotten`: its bytes were not those of its name, and lie in quarantine. */
  kind: 'missing' | 'rotten';
  /** The file's name below the volume's `quarantine/`. */
  keptAs: string | undefined;
  foundAt: Date;
  /** Files of the library that have these bytes. */
  items: number;
}

interface FindingRow {
  sha256: string;
  kind: BlobFinding['kind'];
  keptAs: string | null;
  foundAt: Date | string;
  items: number | string;
}

/** What no file has any more is nobody’s loss: its deletion ends the alarm. */
const NAMED = 'EXISTS (SELECT 1 FROM media m WHERE m.sha256 = f.sha256)';

/** The first `limit`, oldest first; `total` counts them all. */
export async function blobFindings(
  reader: Reader,
  limit = 100,
): Promise<{ total: number; findings: BlobFinding[] }> {
  const rows = await reader.query<FindingRow>(
    `SELECT f.sha256, f.kind, f.kept_as AS keptAs, f.found_at AS foundAt,
            (SELECT COUNT(*) FROM media m WHERE m.sha256 = f.sha256) AS items
     FROM blob_findings f WHERE ${NAMED} ORDER BY f.found_at, f.sha256 LIMIT ?`,
    [limit],
  );
  const [count] = await reader.query<{ total: number | string }>(
    `SELECT COUNT(*) AS total FROM blob_findings f WHERE ${NAMED}`,
  );
  const findings = rows.map((row) => ({
    ...row,
    keptAs: row.keptAs ?? undefined,
    foundAt: new Date(row.foundAt),
    items: Number(row.items),
  }));
  return { total: Number(count?.total ?? 0), findings };
}

/** A rotten one that is noted stays so: that it is missing now follows from its quarantine. */
export async function noteFinding(
  tx: Transaction,
  { sha256, kind, keptAs }: Pick<BlobFinding, 'sha256' | 'kind' | 'keptAs'>,
): Promise<void> {
  await tx.execute(
    `INSERT INTO blob_findings (sha256, kind, kept_as) VALUES (?, ?, ?)
     ON DUPLICATE KEY UPDATE kind = IF(VALUES(kind) = 'rotten', 'rotten', kind), kept_as = COALESCE(VALUES(kept_as), kept_as)`,
    [sha256, kind, keptAs ?? null],
  );
}

/** Whoever puts verified bytes under their name again clears it. */
export async function clearFinding(tx: Transaction, sha256: string): Promise<void> {
  await tx.execute('DELETE FROM blob_findings WHERE sha256 = ?', [sha256]);
}

import type { Reader, Transaction } from '../../platform/database/types.ts';
import type { NewUpload, Part, UploadRow } from './types.ts';

/** The tables `uploads` and `upload_parts`, and nothing but SQL. */

/** An upload is kept for so long after its last progress: hours. */
export const LIFE_HOURS = 24;

type Columns = Omit<
  UploadRow,
  'size' | 'received' | 'holder' | 'sha256' | 'reason' | 'leftMs' | 'metadata'
> & {
  metadata: UploadRow['metadata'] | string;
  size: number | string | null;
  received: number | string;
  holder: string | null;
  sha256: string | null;
  reason: string | null;
  leftMs: number | string;
};

const SELECT = `SELECT id, operation_id AS operationId, owner, created_by AS createdBy, name, visibility, metadata, size,
  received, token, holder, beat, state, sha256, reason,
  TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), expires_at) DIV 1000 AS leftMs FROM uploads`;

function fromColumns(row: Columns): UploadRow {
  const { metadata, size, holder, sha256, reason } = row;
  return {
    ...row,
    metadata: typeof metadata === 'string' ? JSON.parse(metadata) : metadata,
    size: size === null ? undefined : Number(size),
    received: Number(row.received),
    holder: holder ?? undefined,
    sha256: sha256 ?? undefined,
    reason: reason ?? undefined,
    leftMs: Number(row.leftMs),
  };
}

export async function findUpload(reader: Reader, id: string): Promise<UploadRow | undefined> {
  const [row] = await reader.query<Columns>(`${SELECT} WHERE id = ?`, [id]);
  return row && fromColumns(row);
}

/** Full, and nobody made the item: its holder died on the way. */
export async function fullUploads(reader: Reader, limit: number): Promise<UploadRow[]> {
  const rows = await reader.query<Columns>(
    `${SELECT} WHERE state = 'open' AND received = size ORDER BY id LIMIT ?`,
    [limit],
  );
  return rows.map(fromColumns);
}

export async function expiredIds(reader: Reader, limit: number): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    'SELECT id FROM uploads WHERE expires_at < UTC_TIMESTAMP(3) ORDER BY expires_at LIMIT ?',
    [limit],
  );
  return rows.map(({ id }) => id);
}

export async function openUploads(reader: Reader, owner: string): Promise<number> {
  const [row] = await reader.query<{ open: number | string }>(
    `SELECT COUNT(*) AS open FROM uploads WHERE owner = ? AND state = 'open'`,
    [owner],
  );
  return Number(row?.open ?? 0);
}

/** @param holder who writes its first bytes in the same request, under token 1 */
export async function insertUpload(
  tx: Transaction,
  upload: NewUpload,
  holder: string | undefined,
): Promise<void> {
  const { id, operationId, owner, createdBy, name, visibility, metadata, size } = upload;
  await tx.execute(
    `INSERT INTO uploads (id, operation_id, owner, created_by, name, visibility, metadata, size, token, holder, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL ? HOUR)`,
    [
      id,
      operationId,
      owner,
      createdBy,
      name,
      visibility,
      JSON.stringify(metadata),
      size ?? null,
      holder === undefined ? 0 : 1,
      holder ?? null,
      LIFE_HOURS,
    ],
  );
}

/** @returns whether it was taken; false: somebody else was faster */
export async function takeUpload(
  tx: Transaction,
  id: string,
  token: number,
  holder: string,
): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    'UPDATE uploads SET token = token + 1, holder = ?, beat = 0, wanted = FALSE WHERE id = ? AND token = ?',
    [holder, id, token],
  );
  return affectedRows === 1;
}

export async function askFor(tx: Transaction, id: string, token: number): Promise<void> {
  await tx.execute('UPDATE uploads SET wanted = TRUE WHERE id = ? AND token = ?', [id, token]);
}

export async function letGo(tx: Transaction, id: string, token: number): Promise<void> {
  await tx.execute('UPDATE uploads SET holder = NULL WHERE id = ? AND token = ?', [id, token]);
}

/** What a holder hears when it shows life. */
export type Heard = 'go-on' | 'wanted' | 'lost';

export async function beatUpload(tx: Transaction, id: string, token: number): Promise<Heard> {
  const { affectedRows } = await tx.execute('UPDATE uploads SET beat = beat + 1 WHERE id = ? AND token = ?', [
    id,
    token,
  ]);
  return affectedRows === 1 ? wanted(tx, id) : 'lost';
}

/** Acknowledges bytes, if this holder is still the holder and nobody has gone further: compare and set. */
export async function advanceUpload(tx: Transaction, id: string, from: number, part: Part): Promise<Heard> {
  const to = part.start + part.length;
  const { affectedRows } = await tx.execute(
    `UPDATE uploads SET received = ?, beat = beat + 1, expires_at = UTC_TIMESTAMP(3) + INTERVAL ? HOUR
     WHERE id = ? AND token = ? AND received = ? AND state = 'open'`,
    [to, LIFE_HOURS, id, part.token, from],
  );
  if (affectedRows === 0) return 'lost';
  await tx.execute(
    `INSERT INTO upload_parts (upload_id, token, starts_at, length) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE length = VALUES(length)`,
    [id, part.token, part.start, part.length],
  );
  return wanted(tx, id);
}

async function wanted(tx: Transaction, id: string): Promise<Heard> {
  const [row] = await tx.query<{ wanted: number }>('SELECT wanted FROM uploads WHERE id = ?', [id]);
  return row?.wanted ? 'wanted' : 'go-on';
}

/** @returns false when its length was declared before, or somebody else holds it now */
export async function declareSize(
  tx: Transaction,
  id: string,
  token: number,
  size: number,
): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    'UPDATE uploads SET size = ? WHERE id = ? AND token = ? AND size IS NULL',
    [size, id, token],
  );
  return affectedRows === 1;
}

/** In the order of their bytes. */
export async function partsOf(reader: Reader, id: string): Promise<Part[]> {
  const rows = await reader.query<{ token: number; start: number | string; length: number | string }>(
    'SELECT token, starts_at AS start, length FROM upload_parts WHERE upload_id = ? AND length > 0 ORDER BY starts_at',
    [id],
  );
  return rows.map(({ token, start, length }) => ({ token, start: Number(start), length: Number(length) }));
}

/** The end of an upload, whoever brings it about; its row stays until it expires, so that its client hears of it. */
export async function closeUpload(
  tx: Transaction,
  id: string,
  end: { state: 'finished'; sha256: string } | { state: 'failed'; reason: string },
): Promise<void> {
  const { sha256, reason } = { sha256: null, reason: null, ...end };
  await tx.execute(`UPDATE uploads SET state = ?, sha256 = ?, reason = ? WHERE id = ? AND state = 'open'`, [
    end.state,
    sha256,
    reason,
    id,
  ]);
}

export async function deleteUpload(tx: Transaction, id: string): Promise<void> {
  await tx.execute('DELETE FROM upload_parts WHERE upload_id = ?', [id]);
  await tx.execute('DELETE FROM uploads WHERE id = ?', [id]);
}

/** @returns whether it went; false when it made progress meanwhile */
export async function deleteExpired(tx: Transaction, id: string): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    'DELETE FROM uploads WHERE id = ? AND expires_at < UTC_TIMESTAMP(3)',
    [id],
  );
  if (affectedRows === 1) await tx.execute('DELETE FROM upload_parts WHERE upload_id = ?', [id]);
  return affectedRows === 1;
}

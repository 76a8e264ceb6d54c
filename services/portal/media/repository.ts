import { likePattern } from '../../platform/database/like.ts';
import type { Reader, SqlValue, Transaction } from '../../platform/database/types.ts';
import type { Sidecar } from '../../platform/storage/records.ts';
import { encodeCursor, type ListQuery } from './paging.ts';
import type { MediaItem, MediaPage } from './types.ts';

/** The table `media`, and nothing but SQL. */

interface MediaRow {
  id: string;
  operation_id: string;
  name: string;
  media_type: string;
  size: number | string;
  sha256: string;
  visibility: MediaItem['visibility'];
  created_by: string;
  created_at: Date | string;
}

/** An item, and the operation that made it: what a sidecar says, too. */
export interface StoredMedia {
  item: MediaItem;
  operationId: string;
}

const COLUMNS = 'id, operation_id, name, media_type, size, sha256, visibility, created_by, created_at';

function fromRow(row: MediaRow): StoredMedia {
  return {
    operationId: row.operation_id,
    item: {
      id: row.id,
      name: row.name,
      mediaType: row.media_type,
      size: Number(row.size),
      sha256: row.sha256,
      visibility: row.visibility,
      createdBy: row.created_by,
      createdAt: new Date(row.created_at),
    },
  };
}

export async function insertMedia(tx: Transaction, sidecar: Sidecar): Promise<void> {
  await tx.execute(`INSERT INTO media (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    sidecar.id,
    sidecar.operationId,
    sidecar.name,
    sidecar.mediaType,
    sidecar.size,
    sidecar.sha256,
    sidecar.visibility,
    sidecar.createdBy,
    new Date(sidecar.createdAt),
  ]);
}

export async function deleteMedia(tx: Transaction, id: string): Promise<void> {
  await tx.execute('DELETE FROM media WHERE id = ?', [id]);
}

export async function findMedia(reader: Reader, id: string): Promise<StoredMedia | undefined> {
  const [row] = await reader.query<MediaRow>(`SELECT ${COLUMNS} FROM media WHERE id = ?`, [id]);
  return row && fromRow(row);
}

/** Which of these ids have a row. */
export async function knownIds(reader: Reader, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const marks = ids.map(() => '?').join(', ');
  const rows = await reader.query<{ id: string }>(`SELECT id FROM media WHERE id IN (${marks})`, ids);
  return new Set(rows.map(({ id }) => id));
}

/** All rows, a page at a time; begins with `after` = ''. */
export async function pageById(
  reader: Reader,
  after: string,
  limit: number,
): Promise<{ id: string; sha256: string; name: string }[]> {
  return reader.query('SELECT id, sha256, name FROM media WHERE id > ? ORDER BY id LIMIT ?', [after, limit]);
}

/** How each sort is ordered, and what lies after the last item of a page. The id makes every order total. */
const SORTS = {
  newest: { order: 'id DESC', after: 'id < ?', key: undefined },
  oldest: { order: 'id', after: 'id > ?', key: undefined },
  name: {
    order: 'name, id',
    after: '(name > ? OR (name = ? AND id > ?))',
    key: (item: MediaItem) => item.name,
  },
  largest: {
    order: 'size DESC, id DESC',
    after: '(size < ? OR (size = ? AND id < ?))',
    key: (item: MediaItem) => item.size,
  },
} as const;

export async function listMedia(reader: Reader, query: ListQuery): Promise<MediaPage> {
  const sort = SORTS[query.sort];
  const where: string[] = [];
  const values: SqlValue[] = [];
  if (query.search) {
    where.push('name LIKE ?');
    values.push(likePattern(query.search));
  }
  const [count] = await reader.query<{ total: number | string }>(
    `SELECT COUNT(*) AS total FROM media${whereClause(where)}`,
    values,
  );
  if (query.after) {
    where.push(sort.after);
    const { key, id } = query.after;
    values.push(...(sort.key ? [key ?? null, key ?? null, id] : [id]));
  }
  const rows = await reader.query<MediaRow>(
    `SELECT ${COLUMNS} FROM media${whereClause(where)} ORDER BY ${sort.order} LIMIT ?`,
    [...values, query.limit + 1],
  );
  const items = rows.slice(0, query.limit).map((row) => fromRow(row).item);
  const page: MediaPage = { items, total: Number(count?.total ?? 0) };
  const last = items.at(-1);
  if (rows.length > query.limit && last) {
    page.nextCursor = encodeCursor({ sort: query.sort, id: last.id, key: sort.key?.(last) });
  }
  return page;
}

const whereClause = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;

import { likePattern } from '../../platform/database/like.ts';
import { isDuplicate } from '../../platform/database/outcome.ts';
import type { Reader, SqlValue, Transaction } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Api, ApiPage, ApiQuery, ApiVersion, ApiWithVersions } from './types.ts';

/** The tables `apis` and `api_versions`, and nothing but SQL. */

const API = `id, name, title, summary, owner, tags, lifecycle, DATE_FORMAT(sunset, '%Y-%m-%d') AS sunset, revision,
  created_by AS createdBy, created_at AS createdAt, updated_by AS updatedBy, updated_at AS updatedAt`;
const VERSION = `id, name, format, changelog, operations, errors, warnings, problems, source_name AS sourceName,
  source_sha256 AS sourceSha256, document_sha256 AS documentSha256, yaml_sha256 AS yamlSha256,
  compiled_sha256 AS compiledSha256, revision,
  created_by AS createdBy, created_at AS createdAt, updated_at AS updatedAt`;

export async function findApi(reader: Reader, name: string): Promise<Api | undefined> {
  const [api] = await reader.query<Api>(`SELECT ${API} FROM apis WHERE name = ?`, [name]);
  return api;
}

/** By name. */
export async function listApis(reader: Reader, query: ApiQuery): Promise<ApiPage> {
  const where: string[] = [];
  const values: SqlValue[] = [];
  if (query.search) {
    where.push('(name LIKE ? OR title LIKE ? OR summary LIKE ?)');
    const pattern = likePattern(query.search);
    values.push(pattern, pattern, pattern);
  }
  if (query.lifecycle) {
    where.push('lifecycle = ?');
    values.push(query.lifecycle);
  }
  if (query.tag) {
    where.push('JSON_CONTAINS(tags, ?)');
    values.push(JSON.stringify(query.tag));
  }
  const clause = () => (where.length > 0 ? ` WHERE ${where.join(' AND ')}` : '');
  const [count] = await reader.query<{ total: number }>(
    `SELECT COUNT(*) AS total FROM apis${clause()}`,
    values,
  );
  if (query.cursor !== undefined) {
    where.push('name > ?');
    values.push(query.cursor);
  }
  const rows = await reader.query<Api>(`SELECT ${API} FROM apis${clause()} ORDER BY name LIMIT ?`, [
    ...values,
    query.limit + 1,
  ]);
  const items = rows.slice(0, query.limit);
  const more = rows.length > query.limit ? { nextCursor: items.at(-1)!.name } : {};
  return { items, ...more, total: Number(count?.total ?? 0) };
}

/** @throws PorticoError 'conflict' */
export async function insertApi(tx: Transaction, api: Api): Promise<void> {
  try {
    await tx.execute(
      `INSERT INTO apis (id, name, title, summary, owner, tags, lifecycle, sunset, revision, created_by, created_at,
         updated_by, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        api.id,
        api.name,
        ...saidOf(api),
        api.revision,
        api.createdBy,
        api.createdAt,
        api.updatedBy,
        api.updatedAt,
      ],
    );
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new PorticoError('conflict', `There is an API named “${api.name}” already.`, { cause: error });
  }
}

/** @returns false when it has another revision by now */
export async function updateApi(tx: Transaction, api: Api, seen: number): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    `UPDATE apis SET title = ?, summary = ?, owner = ?, tags = ?, lifecycle = ?, sunset = ?, revision = revision + 1,
       updated_by = ?, updated_at = ? WHERE id = ? AND revision = ?`,
    [...saidOf(api), api.updatedBy, api.updatedAt, api.id, seen],
  );
  return affectedRows === 1;
}

function saidOf({ title, summary, owner, tags, lifecycle, sunset }: Api): SqlValue[] {
  return [title, summary, owner, JSON.stringify(tags), lifecycle, sunset];
}

export async function deleteApi(tx: Transaction, id: string): Promise<void> {
  await leaveBlobs(tx, await blobsWhere(tx, 'api_id = ?', [id]));
  await tx.execute('DELETE FROM api_versions WHERE api_id = ?', [id]);
  await tx.execute('DELETE FROM apis WHERE id = ?', [id]);
}

/** The latest first: ids sort by time. */
export function versionsOf(reader: Reader, apiId: string): Promise<ApiVersion[]> {
  return reader.query<ApiVersion>(`SELECT ${VERSION} FROM api_versions WHERE api_id = ? ORDER BY id DESC`, [
    apiId,
  ]);
}

export async function findVersion(
  reader: Reader,
  apiId: string,
  name: string,
): Promise<ApiVersion | undefined> {
  const [version] = await reader.query<ApiVersion>(
    `SELECT ${VERSION} FROM api_versions WHERE api_id = ? AND name = ?`,
    [apiId, name],
  );
  return version;
}

/** @throws PorticoError 'conflict' */
export async function insertVersion(tx: Transaction, apiId: string, version: ApiVersion): Promise<void> {
  try {
    await tx.execute(
      `INSERT INTO api_versions (id, api_id, name, format, changelog, operations, errors, warnings, problems, source_name,
         source_sha256, document_sha256, yaml_sha256, compiled_sha256, revision, created_by, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        version.id,
        apiId,
        version.name,
        ...contentOf(version),
        version.revision,
        version.createdBy,
        version.createdAt,
        version.updatedAt,
      ],
    );
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new PorticoError(
      'conflict',
      `There is a version ${version.name} already. Name another version, or say that this one takes its place (replace).`,
      { cause: error },
    );
  }
}

/** Under the id that is there. */
export async function replaceVersion(tx: Transaction, version: ApiVersion): Promise<void> {
  await leaveBlobs(tx, await blobsWhere(tx, 'id = ?', [version.id]));
  await tx.execute(
    `UPDATE api_versions SET format = ?, changelog = ?, operations = ?, errors = ?, warnings = ?, problems = ?,
       source_name = ?, source_sha256 = ?, document_sha256 = ?, yaml_sha256 = ?, compiled_sha256 = ?, revision = revision + 1,
       created_by = ?, updated_at = ? WHERE id = ?`,
    [...contentOf(version), version.createdBy, version.updatedAt, version.id],
  );
}

function contentOf(version: ApiVersion): SqlValue[] {
  return [
    version.format,
    version.changelog,
    version.operations,
    version.errors,
    version.warnings,
    JSON.stringify(version.problems),
    version.sourceName,
    version.sourceSha256,
    version.documentSha256,
    version.yamlSha256,
    version.compiledSha256,
  ];
}

/** @returns false: there was none */
export async function deleteVersion(tx: Transaction, apiId: string, name: string): Promise<boolean> {
  await leaveBlobs(tx, await blobsWhere(tx, 'api_id = ? AND name = ?', [apiId, name]));
  const { affectedRows } = await tx.execute('DELETE FROM api_versions WHERE api_id = ? AND name = ?', [
    apiId,
    name,
  ]);
  return affectedRows > 0;
}

/** Everything that is drafted, by name. */
export async function allDrafts(reader: Reader): Promise<ApiWithVersions[]> {
  const apis = await reader.query<Api>(`SELECT ${API} FROM apis ORDER BY name`);
  const versions = await reader.query<ApiVersion & { apiId: string }>(
    `SELECT api_id AS apiId, ${VERSION} FROM api_versions ORDER BY id DESC`,
  );
  const byApi = Map.groupBy(versions, ({ apiId }) => apiId);
  return apis.map((api) => ({
    ...api,
    versions: (byApi.get(api.id) ?? []).map(({ apiId: _, ...version }) => version),
  }));
}

/** Every blob that a draft names: for the collector. */
export const draftBlobs = (reader: Reader): Promise<string[]> => blobsWhere(reader, 'TRUE', []);

/** @param which a condition of versions */
async function blobsWhere(reader: Reader, which: string, values: SqlValue[]): Promise<string[]> {
  const columns = ['source_sha256', 'document_sha256', 'compiled_sha256', 'yaml_sha256'];
  const each = columns.map((column) => `SELECT ${column} AS sha256 FROM api_versions WHERE ${which}`);
  const rows = await reader.query<{ sha256: string | null }>(
    each.join(' UNION '),
    columns.flatMap(() => values),
  );
  return rows.flatMap(({ sha256 }) => sha256 ?? []);
}

/** Nothing may name them from now on: for the collector, which stops when many blobs are without a name and nobody says why. */
export async function leaveBlobs(tx: Transaction, blobs: readonly string[]): Promise<void> {
  if (blobs.length === 0) return;
  await tx.execute(
    `INSERT IGNORE INTO left_blobs (sha256, left_at) VALUES ${blobs.map(() => '(?, UTC_TIMESTAMP(3))').join(', ')}`,
    [...blobs],
  );
}

export async function leftBlobs(reader: Reader): Promise<string[]> {
  const rows = await reader.query<{ sha256: string }>('SELECT sha256 FROM left_blobs');
  return rows.map(({ sha256 }) => sha256);
}

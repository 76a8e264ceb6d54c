import type { Reader, Transaction } from '../../platform/database/types.ts';
import type { Activation, Current } from './plan.ts';

/** The tables `generations`, `activations`, `current_generation` and `portals`, and nothing but SQL. */

export interface GenerationRow {
  n: number;
  manifestSha256: string;
  apis: number;
  versions: number;
  note: string;
  createdBy: string;
  createdAt: Date;
  pinned: boolean;
  /** Of one that was imported: the name of the other cluster's key, its number there. */
  origin: { cluster: string; n: number; fingerprint: string } | null;
}

/** As it comes from the database. */
type Stored = Omit<GenerationRow, 'origin'> & {
  cluster: string | null;
  originN: number | null;
  fingerprint: string | null;
};

const asRow = <T extends Stored>({ cluster, originN, fingerprint, ...row }: T) => ({
  ...row,
  pinned: Boolean(row.pinned),
  origin: cluster === null ? null : { cluster, n: originN!, fingerprint: fingerprint! },
});

export interface ActivationRow extends Activation {
  reason: string;
  askedBy: string;
  askedAt: Date;
  flippedAt: Date | null;
  endedAt: Date | null;
}

export interface PortalRow {
  node: string;
  beat: number;
  preparedEpoch: number;
  fault: string;
  confirmedEpoch: number;
}

const GENERATION = `g.n, g.manifest_sha256 AS manifestSha256, g.apis, g.versions, g.note, g.created_by AS createdBy,
  g.created_at AS createdAt, g.pinned, o.cluster, o.origin_n AS originN, o.fingerprint`;
const GENERATIONS = 'generations g LEFT JOIN generation_origins o ON o.n = g.n';
const ACTIVATION = `epoch, n, state, reason, asked_by AS askedBy, asked_at AS askedAt, flipped_at AS flippedAt,
  ended_at AS endedAt`;

/** The number after the highest that there ever was: also of those that were forgotten, which activations still name. */
export async function nextNumber(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ n: number | null }>(
    'SELECT GREATEST((SELECT COALESCE(MAX(n), 0) FROM generations), (SELECT COALESCE(MAX(n), 0) FROM activations)) + 1 AS n',
  );
  return Number(row?.n ?? 1);
}

export async function insertGeneration(tx: Transaction, row: Omit<GenerationRow, 'origin'>): Promise<void> {
  await tx.execute(
    `INSERT INTO generations (n, manifest_sha256, apis, versions, note, created_by, created_at, pinned)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [row.n, row.manifestSha256, row.apis, row.versions, row.note, row.createdBy, row.createdAt, row.pinned],
  );
}

export async function findGeneration(reader: Reader, n: number): Promise<GenerationRow | undefined> {
  const [row] = await reader.query<Stored>(`SELECT ${GENERATION} FROM ${GENERATIONS} WHERE g.n = ?`, [n]);
  return row && asRow(row);
}

/** The latest first. @param below only older ones than this */
export async function listGenerations(
  reader: Reader,
  limit: number,
  below = 2 ** 32 - 1,
): Promise<GenerationRow[]> {
  const rows = await reader.query<Stored>(
    `SELECT ${GENERATION} FROM ${GENERATIONS} WHERE g.n < ? ORDER BY g.n DESC LIMIT ?`,
    [below, limit],
  );
  return rows.map(asRow);
}

/** Every one with how often its activation was asked for: `deleteGeneration` asks that again. */
export async function allGenerations(reader: Reader): Promise<(GenerationRow & { wanted: number })[]> {
  const rows = await reader.query<Stored & { wanted: number }>(
    `SELECT ${GENERATION}, g.wanted FROM ${GENERATIONS} ORDER BY g.n DESC`,
  );
  return rows.map(asRow);
}

/**
 * Counts that its activation was asked for. Whoever forgets it at the same moment, on whichever node, changes the same row,
 * so that one of the two comes first and the other sees it.
 */
export async function wantGeneration(tx: Transaction, n: number): Promise<void> {
  await tx.execute('UPDATE generations SET wanted = wanted + 1 WHERE n = ?', [n]);
}

export async function setPinned(tx: Transaction, n: number, pinned: boolean): Promise<void> {
  await tx.execute('UPDATE generations SET pinned = ? WHERE n = ?', [pinned, n]);
}

/** @returns false when it was pinned, or its activation asked for, since it was seen */
export async function deleteGeneration(tx: Transaction, n: number, wanted: number): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    'DELETE FROM generations WHERE n = ? AND wanted = ? AND NOT pinned',
    [n, wanted],
  );
  if (affectedRows === 1) await tx.execute('DELETE FROM generation_origins WHERE n = ?', [n]);
  return affectedRows === 1;
}

/** What is current, what is to become so, and what was so before it: that is where a rollback leads. */
export async function neededNumbers(reader: Reader): Promise<Set<number>> {
  const current = await findCurrent(reader);
  const open = await openActivations(reader);
  const [former] = await reader.query<{ n: number }>(
    'SELECT n FROM activations WHERE n <> ? AND epoch < ? AND flipped_at IS NOT NULL ORDER BY epoch DESC LIMIT 1',
    [current.n, current.epoch],
  );
  return new Set([current.n, ...open.map(({ n }) => n), ...(former ? [former.n] : [])]);
}

export async function findCurrent(reader: Reader): Promise<Current> {
  const [row] = await reader.query<Current>('SELECT epoch, n FROM current_generation WHERE id = 1');
  return row ?? { epoch: 0, n: 0 };
}

/** @returns false when another activation came first */
export async function flip(tx: Transaction, from: Current, to: Current): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    'UPDATE current_generation SET epoch = ?, n = ? WHERE id = 1 AND epoch = ?',
    [to.epoch, to.n, from.epoch],
  );
  return affectedRows === 1;
}

/** @param above the volume's epoch, which is ahead of a database that was put back from a backup */
export async function insertActivation(
  tx: Transaction,
  n: number,
  by: string,
  at: Date,
  above: number,
): Promise<number> {
  const [row] = await tx.query<{ epoch: number }>(
    'SELECT GREATEST((SELECT COALESCE(MAX(epoch), 0) FROM activations), (SELECT epoch FROM current_generation WHERE id = 1), ?) + 1 AS epoch',
    [above],
  );
  const epoch = Number(row?.epoch ?? 1);
  await tx.execute(
    `INSERT INTO activations (epoch, n, state, reason, asked_by, asked_at) VALUES (?, ?, 'preparing', '', ?, ?)`,
    [epoch, n, by, at],
  );
  return epoch;
}

export async function findActivation(reader: Reader, epoch: number): Promise<ActivationRow | undefined> {
  const [row] = await reader.query<ActivationRow>(`SELECT ${ACTIVATION} FROM activations WHERE epoch = ?`, [
    epoch,
  ]);
  return row;
}

/** Those that are under way, the oldest first. */
export function openActivations(reader: Reader): Promise<ActivationRow[]> {
  return reader.query<ActivationRow>(
    `SELECT ${ACTIVATION} FROM activations WHERE state IN ('preparing', 'flipped') ORDER BY epoch`,
  );
}

export function listActivations(reader: Reader, limit: number): Promise<ActivationRow[]> {
  return reader.query<ActivationRow>(`SELECT ${ACTIVATION} FROM activations ORDER BY epoch DESC LIMIT ?`, [
    limit,
  ]);
}

/** @returns false when it is no longer in the state `from` */
export async function moveActivation(
  tx: Transaction,
  epoch: number,
  from: Activation['state'],
  to: Activation['state'],
  reason: string,
  at: Date,
): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    `UPDATE activations SET state = ?, reason = ?,
       flipped_at = IF(? = 'flipped', ?, flipped_at), ended_at = IF(? IN ('done', 'failed'), ?, ended_at)
     WHERE epoch = ? AND state = ?`,
    [to, reason.slice(0, 2000), to, at, to, at, epoch, from],
  );
  return affectedRows === 1;
}

/** A portal registers before it loads anything, and says here what it has come to. */
export async function beat(
  tx: Transaction,
  node: string,
  said: Omit<PortalRow, 'node' | 'beat'>,
): Promise<void> {
  const values = [said.preparedEpoch, said.fault.slice(0, 500), said.confirmedEpoch];
  await tx.execute(
    `INSERT INTO portals (node, beat, prepared_epoch, fault, confirmed_epoch, seen_at) VALUES (?, 1, ?, ?, ?, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE beat = beat + 1, prepared_epoch = ?, fault = ?, confirmed_epoch = ?, seen_at = UTC_TIMESTAMP(3)`,
    [node, ...values, ...values],
  );
}

export function listPortals(reader: Reader): Promise<PortalRow[]> {
  return reader.query<PortalRow>(
    'SELECT node, beat, prepared_epoch AS preparedEpoch, fault, confirmed_epoch AS confirmedEpoch FROM portals ORDER BY node',
  );
}

/** One that was stopped, or is gone, serves nothing any more, and nobody waits for it. */
export async function forgetPortal(tx: Transaction, node: string): Promise<void> {
  await tx.execute('DELETE FROM portals WHERE node = ?', [node]);
}

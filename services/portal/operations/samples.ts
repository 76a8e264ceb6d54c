import type { Database, Reader, Transaction } from '../../platform/database/types.ts';
import { orWithout } from '../../platform/database/without.ts';

/** One look at the cluster, or the average of several. */
export interface HealthSample {
  /** ISO 8601. */
  at: string;
  portals: number;
  portalsServing: number;
  databasesSynced: number;
  /** All portals together. */
  requestsPerSecond: number | null;
  /** The slowest portal's answer: milliseconds. */
  latencyMs: number | null;
  /** Of the shared volume, down to its floor. */
  freeBytes: number | null;
}

/** Points that a chart has at most. */
const POINTS = 240;
export const SAMPLE_SECONDS = 15;

export async function insertSample(tx: Transaction, sample: Omit<HealthSample, 'at'>): Promise<void> {
  await tx.execute(
    `INSERT IGNORE INTO health_samples
       (at, portals, portals_serving, databases_synced, requests_per_second, latency_ms, free_bytes)
     VALUES (UTC_TIMESTAMP(3), ?, ?, ?, ?, ?, ?)`,
    [
      sample.portals,
      sample.portalsServing,
      sample.databasesSynced,
      sample.requestsPerSecond,
      sample.latencyMs,
      sample.freeBytes,
    ],
  );
}

/** Oldest first; the worst of each bucket of time, so that a short outage is not averaged away. */
export async function samplesSince(reader: Reader, hours: number): Promise<HealthSample[]> {
  const bucket = Math.max(SAMPLE_SECONDS, Math.ceil((hours * 3600) / POINTS));
  const rows = await reader.query<Record<keyof HealthSample, string | number | Date | null>>(
    `SELECT MIN(at) AS at, MAX(portals) AS portals, MIN(portals_serving) AS portalsServing,
            MIN(databases_synced) AS databasesSynced, AVG(requests_per_second) AS requestsPerSecond,
            MAX(latency_ms) AS latencyMs, MIN(free_bytes) AS freeBytes
     FROM health_samples WHERE at > UTC_TIMESTAMP(3) - INTERVAL ? HOUR
     GROUP BY TO_SECONDS(at) DIV ? ORDER BY MIN(at)`,
    [hours, bucket],
  );
  const number = (value: unknown) => (value === null ? null : Number(value));
  return rows.map((row) => ({
    at: new Date(row.at as Date | string).toISOString(),
    portals: Number(row.portals),
    portalsServing: Number(row.portalsServing),
    databasesSynced: Number(row.databasesSynced),
    requestsPerSecond: number(row.requestsPerSecond),
    latencyMs: number(row.latencyMs),
    freeBytes: number(row.freeBytes),
  }));
}

export interface HealthHistory {
  /** @param hours 1 to 48. While the database is away there is none. */
  since(hours: number): Promise<HealthSample[]>;
}

export function healthHistory(database: Database): HealthHistory {
  return {
    since: (hours) =>
      orWithout(
        database,
        () => database.read((reader) => samplesSince(reader, hours), { causal: false, impatient: true }),
        () => [],
      ),
  };
}

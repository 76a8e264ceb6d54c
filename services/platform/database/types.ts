/** What the rest of Portico may know of the database: the router behind it (router.ts) is nobody else's business. */

export type SqlValue = string | number | bigint | boolean | Date | Buffer | null;
export type Row = Record<string, unknown>;

export interface Reader {
  /** DATETIME comes back as Date (UTC), JSON parsed, BIGINT as number while it is safe, else as string. */
  query<R extends object = Row>(sql: string, values?: readonly SqlValue[]): Promise<R[]>;
}

export interface Transaction extends Reader {
  /** A change. `affectedRows` counts the rows that the statement found, so a guarded update can be checked. */
  execute(sql: string, values?: readonly SqlValue[]): Promise<{ affectedRows: number; insertId: number }>;
  /** The operation id that this transaction inserts into `operations`. */
  readonly operationId: string;
}

export interface Database {
  /**
   * Runs `work` on one synced node; run again from its start on another node when the connection is lost, so it
   * must have no effect outside the database.
   * @param options.causal (default true) sees every write acknowledged before, on whichever node it was made
   * @throws PorticoError 'database-unavailable' when no synced node answered within the hold of 8 s: longer than Galera’s
   * own stall of 2.5 s, in which causal reads wait like writes
   * @param options.impatient who asks can do without: throws as soon as the database is away, and is not held
   */
  read<T>(
    work: (reader: Reader) => Promise<T>,
    options?: { causal?: boolean; impatient?: boolean },
  ): Promise<T>;
  /**
   * Runs `work` as one transaction on the writer, whole or not at all; run again from its start after a
   * deadlock, a failed certification or a lost connection, so it must have no effect outside the database.
   * An unknown outcome of COMMIT is settled by looking up the operation id before anything runs again.
   * While no writer can be reached the call is held for up to 8 s, or 2 s when that has been so for longer than 8 s.
   * @param options.operationId a ULID to use instead of a fresh one (when the caller recorded it elsewhere); when it
   * was committed by an earlier call, nothing runs: PorticoError 'conflict'
   * @throws PorticoError 'database-unavailable'
   */
  write<T>(work: (tx: Transaction) => Promise<T>, options?: { operationId?: string }): Promise<T>;
  /** Every node as this process sees it now; `db-1` first. Never waits. */
  nodes(): NodeReport[];
  /** The node that writes go to now, if any. Never waits. */
  writer(): string | undefined;
  /** Milliseconds since any node answered. Never waits. */
  silentMs(): number;
  /** No node has been synced for a moment: not the failover of one, but the loss of the quorum. Never waits. */
  away(): boolean;
  close(): Promise<void>;
}

export interface NodeReport {
  name: string;
  /** `synced`: takes reads and writes; `held`: came back and is on probation; `away`: probe failed; `unfit`: answers, but is not synced */
  state: 'synced' | 'held' | 'away' | 'unfit';
  /** A sentence for the operator: why it is in this state. */
  reason: string;
  /** Milliseconds of the last good probe, by this process's monotonic clock. */
  latencyMs: number | undefined;
  role: 'writer' | 'standby' | 'none';
}

/** A client's promise that two requests with this key are the same request. Scoped by who sent it. */
export interface IdempotencyKey {
  principal: string;
  key: string;
}

/** A key, and the request that it is used for (idempotency.ts). */
export interface IdempotencyClaim extends IdempotencyKey {
  /** SHA-256 (hex) of what makes the request that request: method, path, body. */
  fingerprint: string;
}

/** The answer that was given, as it will be given again: JSON, and its HTTP status. */
export interface StoredAnswer<T> {
  status: number;
  body: T;
}

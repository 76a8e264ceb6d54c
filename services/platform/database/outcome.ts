import { PorticoError } from '../errors.ts';

/**
 * `again`: the node refused this try; the same node may take the next.
 * `elsewhere`: the node or the connection to it is doubtful; it must be looked at.
 * `final`: trying again would end the same way.
 */
export interface Verdict {
  kind: 'again' | 'elsewhere' | 'final';
  reason: string;
}

/** MariaDB's error numbers after which a whole transaction may run again: https://mariadb.com/kb/en/mariadb-error-code-reference/ */
const again: Record<number, string> = {
  1020: 'a row changed after this transaction had read it',
  1040: 'the node has no connection left',
  1180: 'the commit failed',
  1205: 'a lock, or the wait for causality, took too long',
  1213: 'deadlock, or the cluster certified a rival transaction first',
};
const elsewhere: Record<number, string> = {
  1047: 'the node has lost its cluster',
  1053: 'the node is shutting down',
  1290: 'the node takes no writes now',
  1317: 'the statement was interrupted',
  1836: 'the node is read-only',
  1927: 'the connection was killed',
  1969: 'the statement ran longer than the node allows',
};
/** The node ends a connection with these while it starts or stops; mysql2 marks them fatal as well. */
const lostCodes = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'POOL_CLOSED',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EPIPE',
]);

/** Thrown by this router itself when it takes a connection away from its user. */
export class NodeLost extends Error {
  readonly fatal = true;
  constructor(message: string) {
    super(message);
    this.name = 'NodeLost';
  }
}

/** Pure: what an error of one try says about the next. */
export function classify(error: unknown): Verdict {
  if (error instanceof PorticoError || !(error instanceof Error)) {
    return { kind: 'final', reason: String(error) };
  }
  if (error instanceof NodeLost) {
    return { kind: 'elsewhere', reason: error.message };
  }
  const { errno, code, fatal } = error as Error & { errno?: unknown; code?: unknown; fatal?: unknown };
  const number = typeof errno === 'number' ? errno : 0;
  if (again[number] !== undefined) {
    return { kind: 'again', reason: again[number] };
  }
  if (elsewhere[number] !== undefined) {
    return { kind: 'elsewhere', reason: elsewhere[number] };
  }
  if (fatal === true || (typeof code === 'string' && lostCodes.has(code))) {
    return { kind: 'elsewhere', reason: `the connection was lost (${error.message})` };
  }
  return { kind: 'final', reason: error.message };
}

/** A unique key already holds this value. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && (error as { errno?: unknown }).errno === 1062;
}

/** What a node knows of itself, and shows its peers. */
export type State =
  /** Not settled: its position is being read. */
  | 'starting'
  /** Settled: no data. */
  | 'empty'
  /** Settled: initialised, never part of a cluster. */
  | 'fresh'
  /** Settled: mariadbd does not run; the position is final. */
  | 'stopped'
  /** Settled: data that cannot be read or must not be trusted; only a peer's copy helps. */
  | 'unusable'
  | 'initialising'
  /** mariadbd runs as the first of the cluster, not yet Primary. */
  | 'bootstrapping'
  | 'joining'
  | 'primary'
  | 'non-primary'
  | 'stopping';

export interface Position {
  uuid: string;
  seqno: number;
}

export interface Observation {
  name: string;
  state: State;
  position?: Position | undefined;
  /** Has decided to start the cluster, and asks everybody once more. */
  claiming?: boolean;
  /** Takes reads and writes (wsrep_ready, Synced, or a donor that goes on serving). */
  synced?: boolean;
  /** Whom its last answering probe found in the group, by name, and how long ago that was: ms. */
  members?: string[] | undefined;
  membersAgeMs?: number | undefined;
  /** An operator said on this node: go on without whoever is missing. */
  acceptLoss?: boolean;
}

export const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const SETTLED: readonly State[] = ['empty', 'fresh', 'stopped', 'unusable'];
const RUNNING: readonly State[] = ['bootstrapping', 'joining', 'primary', 'non-primary'];

export const isSettled = (state: State): boolean => SETTLED.includes(state);
export const isRunning = (state: State): boolean => RUNNING.includes(state);
export const show = (position: Position): string => `${position.uuid}:${position.seqno}`;

/**
 * `WSREP: Recovered position: <uuid>:<seqno>` in what `mariadbd --wsrep-recover` printed: InnoDB's own position. grastate.dat
 * is not asked, since it has lost its position after a crash, and after being killed while it waited for its peers.
 */
export function parseRecovered(output: string): Position | undefined {
  const match = /Recovered position: *([0-9a-f-]{36}):(-?\d+)/.exec(output);
  return match === null ? undefined : { uuid: match[1]!, seqno: Number(match[2]) };
}

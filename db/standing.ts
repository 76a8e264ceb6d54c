import { readBirth } from './birth.ts';
import { discardData, inspectData } from './data.ts';
import type { Log } from './log.ts';
import type { Mariadb } from './mariadb.ts';
import { NIL_UUID, type Position, type State } from './observation.ts';
import type { Running } from './process.ts';
import { serverLines } from './server.ts';

export interface Standing {
  state: State;
  position: Position | undefined;
}

/**
 * Where a node stands whose mariadbd does not run, by crash recovery if need be.
 * @param hold is given the process that reads the position, for as long as it runs
 * @returns undefined when the position could not be read this time
 */
export async function findStanding(
  mariadb: Mariadb,
  log: Log,
  hold: (child: Running | undefined) => void,
): Promise<Standing | undefined> {
  const data = inspectData();
  if (data === 'half') {
    log('warn', 'A state transfer was interrupted; what it left is discarded.');
    discardData();
  }
  if (data === 'empty' || data === 'half') return { state: 'empty', position: undefined };
  if (data === 'untrusted') return { state: 'unusable', position: undefined };

  const running = mariadb.recover(serverLines(log));
  hold(running);
  const ended = await running.exited;
  hold(undefined);
  const position = mariadb.recovered(running);
  if (position === undefined) {
    log('error', `The position could not be read (${ended}).`, { tail: running.tail.slice(-20) });
    return undefined;
  }
  if (position.uuid !== NIL_UUID && position.seqno >= 0) return { state: 'stopped', position };
  // Data without a position: made by install and never started; or, once a cluster was born, not to be trusted.
  return { state: readBirth() === undefined ? 'fresh' : 'unusable', position: undefined };
}

import { setTimeout as after } from 'node:timers/promises';
import { ulid } from 'ulid';
import type { Database } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { planHold, type Wait } from './plan.ts';
import { askFor, beatUpload, findUpload, type Heard, letGo, takeUpload } from './repository.ts';
import type { UploadRow } from './types.ts';

const BEAT_MS = 1000;
const LOOK_MS = 150;

/** One request's right to write an upload, for as long as its token is the newest. */
export interface Hold {
  readonly id: string;
  readonly token: number;
  /** To be told what the database said of it. */
  heard(what: Heard): void;
  release(): Promise<void>;
}

export interface Holds {
  /**
   * Waits until nobody else writes the upload, having asked for it.
   * @param writes false for a request that only asks how far it is
   * @param onWanted called when somebody else asks for it, or when it is lost
   * @returns undefined when nothing has to be held
   * @throws PorticoError 'not-found', 'locked'
   */
  take(id: string, writes: boolean, onWanted: () => void, signal: AbortSignal): Promise<Hold | undefined>;
  /** The hold of an upload that is being created under token 1. */
  adopt(id: string, onWanted: () => void): Hold;
  /** The hold that this process has on it now. */
  current(id: string): Hold | undefined;
  newHolder(): string;
  /** Asks every request of this process that writes to keep what it has and end. */
  endAll(): void;
}

export interface HoldsOptions {
  database: Database;
  /** This portal's name. */
  node: string;
  log: Logger;
}

export function createHolds({ database, node, log }: HoldsOptions): Holds {
  const held = new Map<string, { hold: Hold; onWanted: () => void; ended: Promise<void> }>();
  const newHolder = () => `${node}/${ulid()}`;

  function begin(id: string, token: number, onWanted: () => void): Hold {
    let released = false;
    let asked = false;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const heard = (what: Heard) => {
      if (what === 'go-on' || asked) return;
      asked = true;
      onWanted();
    };
    const beating = (async () => {
      for (;;) {
        await Promise.race([ended, after(BEAT_MS, undefined, { ref: false })]);
        if (released) return;
        // A beat that fails says nothing: the next may pass, and what is written is guarded by itself.
        await database
          .write((tx) => beatUpload(tx, id, token))
          .then(heard, (error: unknown) =>
            log.warn({ err: error, upload: id }, 'a hold could not be renewed'),
          );
      }
    })();
    const hold: Hold = {
      id,
      token,
      heard,
      async release() {
        if (released) return;
        released = true;
        end();
        if (held.get(id)?.hold === hold) held.delete(id);
        await database
          .write((tx) => letGo(tx, id, token))
          .catch((error: unknown) => {
            log.warn(
              { err: error, upload: id },
              'a hold could not be given back; whoever comes next waits for it',
            );
          });
        await beating;
      },
    };
    held.set(id, { hold, onWanted, ended });
    return hold;
  }

  async function look(id: string): Promise<UploadRow> {
    const row = await database.read((reader) => findUpload(reader, id));
    if (!row) throw new PorticoError('not-found', 'There is no such upload, or it has expired.');
    return row;
  }

  return {
    newHolder,
    current: (id) => held.get(id)?.hold,
    adopt: (id, onWanted) => begin(id, 1, onWanted),
    endAll() {
      for (const { onWanted } of held.values()) onWanted();
    },
    async take(id, writes, onWanted, signal) {
      const wait: Wait = { since: performance.now(), stillSince: performance.now() };
      let seen: string | undefined;
      let asked = -1;
      for (;;) {
        const row = await look(id);
        const life = `${row.token} ${row.beat}`;
        if (life !== seen) {
          seen = life;
          wait.stillSince = performance.now();
        }
        const { action, reason } = planHold(row, wait, performance.now(), writes);
        if (action === 'look') return undefined;
        if (action === 'busy') throw locked(reason);
        if (action === 'take') {
          const holder = newHolder();
          if (await database.write((tx) => takeUpload(tx, id, row.token, holder))) {
            if (row.holder !== undefined) log.info({ upload: id, token: row.token + 1 }, `taken: ${reason}`);
            return begin(id, row.token + 1, onWanted);
          }
          continue;
        }
        if (asked !== row.token) {
          asked = row.token;
          const own = held.get(id);
          // In this very process there is a shorter way than the database's.
          if (own?.hold.token === row.token) own.onWanted();
          else await database.write((tx) => askFor(tx, id, row.token));
        }
        if (signal.aborted) throw locked('the wait for it was given up');
        const released = held.get(id)?.ended ?? new Promise<void>(() => {});
        await Promise.race([released, after(LOOK_MS)]);
      }
    },
  };
}

export function locked(reason: string): PorticoError {
  return new PorticoError('locked', `The upload is in use: ${reason}. Ask again in a moment.`, {
    retryAfter: 1,
  });
}

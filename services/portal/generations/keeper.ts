/**
 * Keeps what this portal serves in step with the cluster: asks again and again which generation is current, prepares the
 * one that is to become so, and does its part of every activation. Each portal does all of it; a flip is one row's
 * compare-and-set, so it does not matter which of them comes first, or whether one dies in between.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Reader } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Generation } from './generation.ts';
import type { Manifest } from './manifest.ts';
import { type Current, type Held, type PortalSight, planFlipped, planPreparing } from './plan.ts';
import {
  type ActivationRow,
  beat,
  findCurrent,
  findGeneration,
  flip,
  forgetPortal,
  listPortals,
  moveActivation,
  openActivations,
} from './repository.ts';
import type { Shelves } from './shelves.ts';

/** How often it asks: ms. While something is under way it asks more often, since every request waits for it. */
const EVERY_MS = 250;
const EVERY_WHEN_BUSY_MS = 60;
/** A fifth of the silence after which nobody waits for this portal (plan.ts). */
const BEAT_MS = 1_000;
/** After a load that failed: what was missing may be there by now. */
const AGAIN_MS = 2_000;

export interface Keeper {
  /** What is served; undefined until something was published, or while it is not known. */
  serving(): { generation: Generation; epoch: number } | undefined;
  /** What the gate stands on. */
  held(): Omit<Held, 'thawedAt'>;
  /** Asks now: after a thaw. */
  renew(): void;
  /** Serves nothing from now on, and says so: nobody waits for this portal. */
  close(): Promise<void>;
}

export interface KeeperParts {
  node: string;
  database: Database;
  shelves: Shelves;
  load: (manifest: Manifest, known: Generation | undefined, signal: AbortSignal) => Promise<Generation>;
  onChange: () => void;
  log: Logger;
}

/** What one question to the database brought. */
interface Seen {
  current: Current;
  open: ActivationRow[];
  portals: PortalSight[];
}

const NOTHING: Current = { epoch: 0, n: 0 };

export function startKeeper(parts: KeeperParts): Keeper {
  const { node, database, shelves, log, onChange } = parts;
  const now = () => performance.now();
  let serving: { generation: Generation | undefined; current: Current } | undefined;
  let confirmedAt: number | undefined;
  let fault = '';
  /** The epoch that the fault speaks of, when it is that its generation cannot be served. */
  let failedEpoch = 0;
  let prepared: { epoch: number; generation: Generation | undefined; fault: string } | undefined;
  let preparing: { epoch: number; stop: AbortController } | undefined;
  let lastBeat = Number.NEGATIVE_INFINITY;
  let said = '';
  let closed = false;
  const ending = new AbortController();
  const beats = new Map<string, { beat: number; at: number }>();
  const firstSeen = new Map<string, number>();

  /** How long this process has known of something, by its own clock. */
  function sinceSeen(what: string): number {
    const at = firstSeen.get(what) ?? now();
    firstSeen.set(what, at);
    return now() - at;
  }

  function sightsOf(rows: Awaited<ReturnType<typeof listPortals>>): PortalSight[] {
    return rows.map(({ beat: count, ...row }) => {
      const before = beats.get(row.node);
      if (before === undefined || before.beat !== Number(count))
        beats.set(row.node, { beat: Number(count), at: now() });
      return { ...row, silentMs: now() - beats.get(row.node)!.at };
    });
  }

  const ask = (): Promise<Seen> =>
    database.read(
      async (reader) => {
        const current = await findCurrent(reader);
        const open = await openActivations(reader);
        const portals = open.length > 0 ? sightsOf(await listPortals(reader)) : [];
        return { current, open, portals };
      },
      { impatient: true },
    );

  async function manifestOf(reader: Reader, n: number): Promise<Manifest> {
    const row = await findGeneration(reader, n);
    if (row === undefined) throw new PorticoError('not-found', `There is no generation ${n}.`);
    return shelves.read(n, row.manifestSha256);
  }

  const loadByNumber = async (n: number, signal: AbortSignal): Promise<Generation> => {
    const manifest = await database.read((reader) => manifestOf(reader, n));
    return parts.load(manifest, serving?.generation, signal);
  };

  /** In the background: the loop goes on asking, and serving goes on. */
  function prepare({ epoch, n }: Current): void {
    if (preparing?.epoch === epoch || prepared?.epoch === epoch) return;
    preparing?.stop.abort(new Error('something newer is wanted'));
    const stop = new AbortController();
    preparing = { epoch, stop };
    const began = now();
    void loadByNumber(n, AbortSignal.any([stop.signal, ending.signal]))
      .then(
        (generation) => ({ epoch, generation, fault: '' }),
        (error: Error) => ({ epoch, generation: undefined, fault: error.message }),
      )
      .then((result) => {
        if (preparing?.stop !== stop) return;
        preparing = undefined;
        prepared = result;
        const ms = Math.round(now() - began);
        if (result.fault === '')
          log.info({ generation: n, epoch, ms }, `generation ${n} is ready to be served`);
        else
          log.error({ generation: n, epoch, ms }, `generation ${n} cannot be served here: ${result.fault}`);
      });
  }

  /** From here on every request that begins is answered from what is current. */
  async function follow(current: Current, askedAt: number): Promise<void> {
    if (serving === undefined || current.epoch > serving.current.epoch) {
      if (current.epoch === 0) serving = { generation: undefined, current };
      else if (prepared?.epoch === current.epoch && prepared.generation) take(current, prepared.generation);
      else if (serving?.generation?.n === current.n) take(current, serving.generation);
      else return behind(current);
    }
    if (current.epoch === serving?.current.epoch) {
      confirmedAt = askedAt;
      fault = '';
    }
  }

  function take(current: Current, generation: Generation): void {
    serving = { generation, current };
    log.info({ generation: current.n, epoch: current.epoch }, `generation ${current.n} is served`);
    onChange();
    // What a portal that starts while the database is away will serve.
    void shelves.raise(current).catch((error: unknown) => {
      log.error(
        { err: error, epoch: current.epoch },
        'Which generation is current could not be noted on the volume.',
      );
    });
  }

  /** What is current is not here: it was activated without this portal, or this one has just started. */
  function behind(current: Current): void {
    if (prepared?.epoch === current.epoch && prepared.fault !== '') {
      fault = `generation ${current.n}, which is current, cannot be served here: ${prepared.fault}`;
      if (sinceSeen(`fault ${current.epoch} ${prepared.fault}`) > AGAIN_MS) {
        firstSeen.delete(`fault ${current.epoch} ${prepared.fault}`);
        prepared = undefined;
      }
      failedEpoch = current.epoch;
    } else if (failedEpoch !== current.epoch)
      // While it is tried again, why it failed remains what is said.
      fault = `generation ${current.n}, which is current, is being loaded`;
    prepare(current);
    onChange();
  }

  async function report(): Promise<void> {
    const mine = {
      preparedEpoch: Math.max(prepared?.epoch ?? 0, serving?.current.epoch ?? 0),
      fault: prepared?.fault ?? '',
      confirmedEpoch: serving?.current.epoch ?? 0,
    };
    const words = JSON.stringify(mine);
    if (words === said && now() - lastBeat < BEAT_MS) return;
    await database.write((tx) => beat(tx, node, mine));
    said = words;
    lastBeat = now();
  }

  async function conduct({ current, open, portals }: Seen): Promise<void> {
    for (const activation of open) {
      const { epoch, n, state } = activation;
      const since = sinceSeen(`${epoch} ${state}`);
      const step =
        state === 'preparing'
          ? planPreparing(activation, current, portals, since)
          : planFlipped(activation, portals, since);
      if (step.act === 'wait') continue;
      await database.write(async (tx) => {
        const at = new Date();
        if (step.act === 'fail')
          return void (await moveActivation(tx, epoch, 'preparing', 'failed', step.reason, at));
        if (step.act === 'finish') {
          for (const gone of step.gone) await forgetPortal(tx, gone);
          return void (await moveActivation(
            tx,
            epoch,
            'flipped',
            'done',
            activation.reason || step.reason,
            at,
          ));
        }
        const is = await findCurrent(tx);
        if (is.epoch < epoch && (await flip(tx, is, { epoch, n })))
          await moveActivation(tx, epoch, 'preparing', 'flipped', step.reason, at);
      });
      if (step.act !== 'finish')
        log.info({ generation: n, epoch }, `activation ${epoch}: ${step.act}: ${step.reason}`);
    }
  }

  /** What the volume says is current is what was flipped last, as far as anybody can know without the database. */
  async function followVolume(): Promise<void> {
    const askedAt = now();
    const current = (await shelves.current()) ?? NOTHING;
    if (serving !== undefined && current.epoch <= serving.current.epoch) {
      confirmedAt = askedAt;
      return;
    }
    if (current.epoch === 0) return void (await follow(current, askedAt));
    const generation = await parts.load(await shelves.read(current.n), serving?.generation, ending.signal);
    prepared = { epoch: current.epoch, generation, fault: '' };
    await follow(current, askedAt);
  }

  async function turn(): Promise<boolean> {
    if (database.away()) {
      await followVolume();
      return false;
    }
    const askedAt = now();
    const seen = await ask();
    await follow(seen.current, askedAt);
    const wanted = seen.open.findLast(
      ({ state, epoch }) => state === 'preparing' && epoch > seen.current.epoch,
    );
    if (wanted) prepare(wanted);
    await report();
    await conduct(seen);
    return seen.open.length > 0;
  }

  /** What the gate has to be told of. */
  const whole = () => `${serving?.current.epoch} ${fault}`;
  let wake: () => void = () => {};
  const loop = (async () => {
    let told = '';
    while (!closed) {
      const before = whole();
      const busy = await turn().then(
        (open) => {
          told = '';
          return open;
        },
        (error: Error) => {
          // The database on its way, most often: said once.
          if (!closed && error.message !== told)
            log.warn({ err: error }, 'which generation is current could not be asked');
          told = error.message;
          return false;
        },
      );
      if (whole() !== before) onChange();
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!closed) await Promise.race([woken, pause(busy ? EVERY_WHEN_BUSY_MS : EVERY_MS)]);
    }
  })();

  return {
    serving() {
      const { generation, current } = serving ?? {};
      return generation && current && { generation, epoch: current.epoch };
    },
    held: () => ({
      serving: serving?.current,
      confirmedAt,
      databaseAway: database.away(),
      fault,
    }),
    renew: () => wake(),
    async close() {
      closed = true;
      ending.abort(new Error('this portal is being stopped'));
      wake();
      await loop;
      await database.write((tx) => forgetPortal(tx, node)).catch(() => {}); // its silence says the same, later
    },
  };
}

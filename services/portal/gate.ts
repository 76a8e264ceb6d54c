import { createServer, type Server } from 'node:net';
import type { Logger } from '../platform/log.ts';
import type { Readiness, Reason } from './operations/types.ts';

/**
 * The gate: two TCP ports that this process opens and closes, so that a plain TCP check carries deep health and drain.
 * Who connects gets one byte and the end: a frozen process, for which the kernel still accepts, gives none.
 */

/** A condition as it was last seen. `at` is this process's monotonic clock, in milliseconds. */
export interface Fact {
  ok: boolean;
  reason: Reason;
  at: number;
}

export interface GateFacts {
  /** `stopping`: the process was told to end; `asked`: an operator wants no traffic here for a while. */
  draining: 'stopping' | 'asked' | undefined;
  /** When this process was last found to have stood still; whatever was learned before that is not believed. */
  thawedAt: number | undefined;
  volume: Fact;
  /** The volume takes what is written to it. */
  storing: { ok: boolean; reason: Reason };
  /** The schema fits, read from a synced node. Renewed after a thaw, so it also proves that a node was reached since. */
  schema: Fact;
  /** A synced database node is reached. */
  database: { ok: boolean; reason: Reason };
  /** Why nothing that is published may be shown; undefined: it may (generations/plan.ts). */
  generation: Reason | undefined;
}

export type GatePlan = Pick<Readiness, 'full' | 'reading'>;

const DRAINING = {
  stopping: 'draining: this portal is being stopped',
  asked: 'drained: an operator asked for it; `npx portico undrain`, or the status page, ends it',
};

/** Pure: which of the two ports is open, and every reason why one is not. */
export function planGate(facts: GateFacts): GatePlan {
  const { thawedAt } = facts;
  const old = (fact: Fact) => thawedAt !== undefined && fact.at < thawedAt;
  const draining = facts.draining ? [DRAINING[facts.draining]] : [];
  const reading = [
    ...draining,
    ...(facts.volume.ok ? [] : [facts.volume.reason]),
    ...(facts.generation === undefined ? [] : [facts.generation]),
  ];
  const full = [...reading];
  if (facts.volume.ok && !facts.storing.ok) full.push(facts.storing.reason);
  if (!facts.database.ok) full.push(facts.database.reason);
  if (!facts.schema.ok) full.push(facts.schema.reason);
  if (old(facts.volume)) full.push('this process stood still, and the volume was not looked at since');
  if (old(facts.schema)) full.push('this process stood still, and no database node was reached since');
  return {
    full: { open: full.length === 0, reasons: full },
    reading: { open: reading.length === 0, reasons: reading },
  };
}

/** A gap between two ticks longer than this means that the process was frozen, or hung: ms. */
export const FREEZE_MS = 1_000;
const TICK_MS = 100;

export interface Gate {
  /** The plan as it stands; the ports follow it. */
  plan(): GatePlan;
  /** This process was frozen, or hung, and has not yet found out what happened meanwhile: what was sent to it then is answered first. */
  stoodStill(): boolean;
  /** Looks at the facts now instead of at the next tick. */
  evaluate(): void;
  close(): Promise<void>;
}

export interface GateOptions {
  ports: { full: number; reading: number };
  host?: string;
  facts(): GateFacts;
  /** Called once when this process is found to have stood still. Facts renewed from then on are believed. */
  onThaw(at: number): void;
  log: Logger;
  now?: () => number;
}

export function openGate(options: GateOptions): Gate {
  const now = options.now ?? (() => performance.now());
  let lastTick = now();
  /** True when the last tick is too long ago: asked by ticks and by connections, whichever the loop runs first. */
  const stoodStill = (): boolean => now() - lastTick > FREEZE_MS;

  const doors = {
    full: createDoor('full', options.ports.full, options, stoodStill),
    reading: createDoor('reading', options.ports.reading, options, stoodStill),
  };
  let plan = planGate(options.facts());
  let announced = '';

  const evaluate = (): void => {
    plan = planGate(options.facts());
    doors.full.set(plan.full.open);
    doors.reading.set(plan.reading.open);
    const picture = JSON.stringify(plan);
    if (picture !== announced) {
      announced = picture;
      options.log.info(
        { gate: plan },
        plan.full.open ? 'the gate is open' : `the gate is closed: ${plan.full.reasons.join('; ')}`,
      );
    }
  };

  const tick = (): void => {
    const frozen = stoodStill();
    const gap = now() - lastTick;
    lastTick = now();
    if (frozen) {
      options.log.warn(
        { gapMs: Math.round(gap) },
        'this process stood still; the gate stays closed until everything was looked at again',
      );
      options.onThaw(lastTick);
    }
    evaluate();
  };
  const timer = setInterval(tick, TICK_MS);
  evaluate();

  return {
    plan: () => plan,
    stoodStill,
    evaluate,
    async close() {
      clearInterval(timer);
      doors.full.set(false);
      doors.reading.set(false);
    },
  };
}

function createDoor(
  name: string,
  port: number,
  options: GateOptions,
  stoodStill: () => boolean,
): { set(open: boolean): void } {
  let server: Server | undefined;
  const open = (): void => {
    const listener = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      // After a thaw the loop may run this before the tick that notices: then the byte would be a lie.
      if (stoodStill() || server !== listener) socket.destroy();
      else socket.end('\n', () => socket.destroy());
    });
    listener.on('error', (error) => {
      options.log.error({ err: error, gate: name, port }, 'the gate cannot listen; trying again');
      if (server === listener) server = undefined;
    });
    // A backlog of 1 makes a frozen portal fail a foreign balancer's plain connect at the third check.
    listener.listen({ port, host: options.host ?? '0.0.0.0', backlog: 1 });
    server = listener;
  };
  return {
    set(wanted) {
      if (wanted && !server) open();
      if (!wanted && server) {
        const closing = server;
        server = undefined;
        closing.close();
      }
    },
  };
}

/** What may happen to one part, how it is undone, and what Portico promises meanwhile (design.md, section 9). */
import type { Cluster } from './cluster.ts';
import type { Kind } from './samples.ts';

export interface Promised {
  /** Milliseconds that a request of each kind may wait beyond the worst before the fault. */
  stallMs: Record<Kind, number>;
  failed: number;
  /** 0: nothing was cut off and nothing needed its second try either. Without it those are only counted. */
  apart?: 0;
}

export interface Fault {
  /** `portal-1 killed` */
  name: string;
  /** `portal-1`, `db-2` */
  target: string;
  action: Action;
  inject(cluster: Cluster): Promise<void>;
  heal(cluster: Cluster): Promise<void>;
  /** @param writer the database node that took the writes when the fault struck */
  promise(writer: string | undefined): Promised;
}

export type Action = 'stopped' | 'killed' | 'paused';
const ACTIONS: readonly Action[] = ['stopped', 'killed', 'paused'];

const INJECT: Record<Action, (cluster: Cluster, target: string) => Promise<void>> = {
  stopped: (cluster, target) => cluster.stop(target),
  killed: (cluster, target) => cluster.kill(target),
  paused: (cluster, target) => cluster.pause(target),
};

/** A portal's fault stalls whatever it was answering; each kind alike. */
const PORTAL: Record<Action, number> = { stopped: 200, killed: 500, paused: 2_000 };
/** Pages and files need no database. What reads it so that it sees every write waits as a write does. */
const WITHOUT_DATABASE = 200;
const WRITER = 4_000;
const OTHER_NODE = 3_000;

export function faultOf(target: string, action: Action): Fault {
  const isDatabase = target.startsWith('db-');
  return {
    name: `${target} ${action}`,
    target,
    action,
    inject: (cluster) => INJECT[action](cluster, target),
    heal: (cluster) => (action === 'paused' ? cluster.unpause(target) : cluster.start(target)),
    promise: (writer) => {
      const ms = PORTAL[action];
      const stallMs = { page: ms, media: ms, api: ms, write: ms };
      if (!isDatabase) return { stallMs, failed: 0, ...(action === 'stopped' ? { apart: 0 } : {}) };
      const causal = target === writer ? WRITER : OTHER_NODE;
      return {
        stallMs: { page: WITHOUT_DATABASE, media: WITHOUT_DATABASE, api: causal, write: causal },
        failed: 0,
      };
    },
  };
}

const TARGETS = ['portal-1', 'db-1', 'db-2', 'db-3'];
export const FAULTS: readonly Fault[] = TARGETS.flatMap((target) =>
  ACTIONS.map((action) => faultOf(target, action)),
);

/** @param wanted `all`, a part (`portal-1`), an action (`killed`), or both (`db-1 killed`, `db-1-killed`) */
export function faultsNamed(wanted: string): readonly Fault[] {
  if (wanted === 'all') return FAULTS;
  const plain = wanted.replace(/-(stopped|killed|paused)$/, ' $1');
  const [target, action] = plain.split(' ');
  const isAction = (word: string | undefined): word is Action => ACTIONS.some((one) => one === word);
  if (target && isAction(action)) return /^(portal|db)-\d+$/.test(target) ? [faultOf(target, action)] : [];
  return FAULTS.filter((fault) => fault.target === plain || fault.action === plain);
}

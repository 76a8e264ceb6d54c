/** What may happen to one part, how it is undone, and what Portico promises meanwhile (design.md, section 9). */
import { balancerKilled, balancerRolled } from './balancer-faults.ts';
import { type Cluster, DATABASES } from './cluster.ts';
import { rolled } from './rolled.ts';
import { byKind, type Kind } from './samples.ts';
import { until } from './until.ts';
import { agentRole } from './whole.ts';

export interface Promised {
  /** Milliseconds that a request of each kind may wait beyond the worst before the fault; absent: nothing is promised. */
  stallMs: Partial<Record<Kind, number>>;
  failed: number;
  /** 0: nothing was cut off and nothing needed its second try either. Without it those are only counted. */
  apart?: 0;
  /** Requests of these kinds may be answered 503 with Retry-After. */
  mayRefuse?: readonly Kind[];
  /** Milliseconds from the end of the fault until writes succeed again. */
  writesAgainMs?: number;
}

/** Something that a fault's own clockwork measured while it lasted. */
export interface Measure {
  /** `agent-2 is primary` */
  what: string;
  ms: number;
  promisedMs: number;
}

export interface Fault {
  /** `portal-1 killed` */
  name: string;
  /** What it happens to: `portal-1`, `db-2`, `the primary agent`. */
  target: string;
  action: Action;
  /** A sentence about what it may cost, for whoever runs it on a cluster that is in use. */
  danger?: string;
  /** Before the load begins. */
  prepare?(cluster: Cluster): Promise<void>;
  inject(cluster: Cluster): Promise<void>;
  heal(cluster: Cluster): Promise<void>;
  /** Runs while the fault lasts. */
  watch?(cluster: Cluster): Promise<Measure>;
  /** @param writer the database node that took the writes when the fault struck */
  promise(writer: string | undefined): Promised;
}

const ONE_PART = ['stopped', 'killed', 'paused', 'cut-off'] as const;
export type PartAction = (typeof ONE_PART)[number] | 'cut-off-lb' | 'drained' | 'read-only' | 'wiped';
export type Action = PartAction | 'rollout' | 'rollout-lb';

/** A portal's fault stalls whatever it was answering; each kind alike. */
const PORTAL: Record<PartAction, number> = {
  stopped: 200,
  killed: 500,
  paused: 2_000,
  'cut-off': 2_000,
  'cut-off-lb': 2_000,
  drained: 200,
  'read-only': 2_000,
  wiped: 0,
};
/** Pages and files need no database. What reads it so that it sees every write waits as a write does. */
const WITHOUT_DATABASE = 200;
const WRITER = 4_000;
const OTHER_NODE = 3_000;
const TAKEOVER_MS = 20_000;

/** Nothing may be lost, not even a second try be needed. */
const IN_ORDER: readonly PartAction[] = ['stopped', 'drained'];
const DRAIN_FILE = '/tmp/drain';

const WORDS: Record<PartAction, string> = {
  stopped: 'stopped',
  killed: 'killed',
  paused: 'paused',
  'cut-off': 'cut off from the database',
  'cut-off-lb': 'cut off from the load balancer',
  drained: 'drained',
  'read-only': 'finds its volume read-only',
  wiped: 'wiped',
};

function inject(cluster: Cluster, target: string, action: PartAction): Promise<void> {
  switch (action) {
    case 'stopped':
      return cluster.stop(target);
    case 'killed':
      return cluster.kill(target);
    case 'paused':
      return cluster.pause(target);
    case 'cut-off':
      return cluster.cutOff(target, 'internal');
    case 'cut-off-lb':
      return cluster.cutOff(target, 'dmz');
    case 'drained':
      // By the file, which the command and the status page's button use as well.
      return cluster.exec(target, ['touch', DRAIN_FILE]).then(() => {});
    case 'read-only':
      return cluster.remount(target, 'ro');
    case 'wiped':
      return cluster.wipe(target as (typeof DATABASES)[number]);
  }
}

async function heal(cluster: Cluster, target: string, action: PartAction): Promise<void> {
  if (action === 'paused') return cluster.unpause(target);
  if (action === 'cut-off') return cluster.reconnect(target, 'internal');
  if (action === 'cut-off-lb') return cluster.reconnect(target, 'dmz');
  if (action === 'read-only') return cluster.remount(target, 'rw');
  if (action === 'drained') return cluster.exec(target, ['rm', '-f', DRAIN_FILE]).then(() => {});
  if (action !== 'wiped') return cluster.start(target);
}

export function faultOf(target: string, action: PartAction): Fault {
  const isDatabase = target.startsWith('db-');
  const words = action === 'cut-off' && isDatabase ? 'cut off' : WORDS[action];
  return {
    name: `${target} ${words}`,
    target,
    action,
    ...(action === 'wiped' && {
      danger: 'A database node loses its copy; two remain until it has refilled.',
    }),
    inject: (cluster) => inject(cluster, target, action),
    heal: (cluster) => heal(cluster, target, action),
    promise: (writer) => {
      const ms = PORTAL[action];
      if (!isDatabase)
        return {
          stallMs: byKind(() => ms),
          failed: 0,
          ...(IN_ORDER.includes(action) ? { apart: 0 } : {}),
          // A write that it had in hand is not kept for a database, or a disk, that only others reach.
          ...(action === 'cut-off' || action === 'read-only'
            ? { mayRefuse: ['write', 'sign-in', 'bare'] }
            : {}),
        };
      return { stallMs: withDatabase(target === writer ? WRITER : OTHER_NODE), failed: 0 };
    },
  };
}

function withDatabase(ms: number): Record<Kind, number> {
  return byKind((kind) => (kind === 'page' || kind === 'media' ? WITHOUT_DATABASE : ms));
}

/** Two of three: the quorum is lost. What is published goes on; writes are refused, and pass again by themselves. */
const TWO_DATABASES: Fault = {
  name: 'two of three databases killed',
  target: 'db-1 and db-2',
  action: 'killed',
  inject: (cluster) => cluster.kill('db-1', 'db-2'),
  heal: (cluster) => cluster.start('db-1', 'db-2'),
  promise: () => ({
    stallMs: { page: WITHOUT_DATABASE, media: WITHOUT_DATABASE },
    failed: 0,
    mayRefuse: ['api', 'write', 'sign-in', 'bare'],
    writesAgainMs: 15_000,
  }),
};

/** Which one is primary is found out when the fault strikes. Nobody's request needs an agent. */
function primaryAgent(action: (typeof ONE_PART)[number]): Fault {
  let struck: string | undefined;
  const chosen = () => struck ?? 'agent-1';
  return {
    name: `the primary agent ${action === 'cut-off' ? 'cut off' : WORDS[action]}`,
    target: 'the primary agent',
    action,
    async inject(cluster) {
      struck = (await agents(cluster)).find(({ role }) => role === 'primary')?.name;
      await inject(cluster, chosen(), action);
    },
    heal: (cluster) => heal(cluster, chosen(), action),
    async watch(cluster) {
      const what = 'another agent is primary';
      const ms = await until(what, 2 * TAKEOVER_MS, async () => {
        const others = (await agents(cluster)).filter(({ name }) => name !== chosen());
        return others.some(({ role }) => role === 'primary') || 'not yet';
      });
      return { what, ms, promisedMs: TAKEOVER_MS };
    },
    promise: () => ({
      stallMs: byKind((kind) => (kind === 'page' || kind === 'media' ? 200 : 500)),
      failed: 0,
    }),
  };
}

async function agents(cluster: Cluster): Promise<{ name: string; role: string }[]> {
  const parts = (await cluster.parts()).filter((one) => one.service === 'agent' && one.state === 'running');
  return Promise.all(
    parts.map(async (one) => ({
      name: `agent-${one.index}`,
      role: await agentRole(one.addresses.internal ?? ''),
    })),
  );
}

/** Out and back again; the writer changes hands once each time. */
const ROLLOUT = rolled(
  { name: 'a rollout and its rollback', target: 'every part', action: 'rollout' },
  ['portal', 'agent', 'db'],
  () => ({ stallMs: withDatabase(OTHER_NODE), failed: 0, apart: 0 }),
);

export const FAULTS: readonly Fault[] = [
  ...ONE_PART.map((action) => faultOf('portal-1', action)),
  faultOf('portal-1', 'cut-off-lb'),
  faultOf('portal-1', 'drained'),
  faultOf('portal-1', 'read-only'),
  ...DATABASES.flatMap((node) => ONE_PART.map((action) => faultOf(node, action))),
  faultOf('db-2', 'wiped'),
  TWO_DATABASES,
  ...ONE_PART.map(primaryAgent),
  balancerKilled(),
  ROLLOUT,
  balancerRolled(),
];

/** How a fault is written on a command line: `portal-1-killed`, `the-primary-agent-paused`. */
export const slug = (fault: Fault): string => fault.name.replaceAll(' ', '-');

/** @param wanted `all`, a part (`portal-1`), an action (`killed`, `cut-off`), or both (`db-1 killed`, `db-1-killed`) */
export function faultsNamed(wanted: string, target?: string): readonly Fault[] {
  const among = target === undefined ? FAULTS : faultsAt(target);
  if (wanted === 'all') return among;
  const plain = wanted.replaceAll(' ', '-');
  return among.filter(
    (one) => slug(one) === plain || one.action === plain || one.target.replaceAll(' ', '-') === plain,
  );
}

/** Any portal or node, not only the ones that stand in the list. */
function faultsAt(target: string): readonly Fault[] {
  const listed = FAULTS.filter((one) => one.target.replaceAll(' ', '-') === target.replaceAll(' ', '-'));
  if (listed.length > 0 || !/^portal-\d+$/.test(target)) return listed;
  return [...ONE_PART, 'cut-off-lb' as const, 'drained' as const, 'read-only' as const].map((action) =>
    faultOf(target, action),
  );
}

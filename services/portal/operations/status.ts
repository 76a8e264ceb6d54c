import type { AgentReadiness } from '../../agent/types.ts';
import type { NodeReport } from '../../platform/database/types.ts';
import { flow } from '../assets/traffic.js';
import { type BalancerSight, type Balancers, balancerStatus } from './balancers.ts';
import type { Chronicle } from './chronicle.ts';
import type { DatabaseVersions } from './database-versions.ts';
import type { JobsService } from './jobs.ts';
import { agentStatus, type Peers, portalStatus } from './peers.ts';
import type {
  AgentStatus,
  BalancerStatus,
  ClusterStatus,
  DatabaseStatus,
  JobStatus,
  PortalStatus,
  Readiness,
  StatusSource,
} from './types.ts';

/** Pure: the whole picture from what this portal knows of itself and of the others. */
export function clusterStatus(
  self: Readiness,
  others: PortalStatus[],
  at: Date,
  work?: { agents: AgentStatus[]; jobs: JobStatus[] },
  sights: BalancerSight[] = [],
  versions: ReadonlyMap<string, string> = new Map(),
): Omit<ClusterStatus, 'events'> {
  const { node, full, reading, volume, database } = self;
  const mine: PortalStatus = {
    name: node,
    address: 'this portal',
    state: full.open ? 'serving' : reading.open ? 'reading' : 'closed',
    reasons: full.reasons,
    readiness: self,
    lastSeenAt: at.toISOString(),
  };
  const portals = [mine, ...others].sort(byName);
  const agents = (work?.agents ?? []).toSorted(byName);
  const balancers = sights.map(balancerStatus).sort(byName);
  const synced = database.nodes.filter((one) => one.state === 'synced').length;

  const worst: string[] = [];
  if (database.writer === undefined)
    worst.push('No database node takes writes: published pages go on, changes do not.');
  if (!volume.ok) worst.push(`The volume is not usable: ${volume.reason}`);
  if (!portals.some((portal) => portal.state === 'serving')) worst.push('No portal takes everything.');
  const bad: string[] = [];
  if (volume.ok && volume.freeBytes !== undefined && volume.freeBytes <= 0)
    bad.push('The volume is too full: uploads are refused until space is made.');
  if (!self.media.ok) bad.push(self.media.reason);
  for (const portal of portals) {
    if (portal.state !== 'serving') bad.push(`${portal.name} is ${WORDS[portal.state]}.`);
  }
  for (const { name, state } of balancers) {
    if (state !== 'serving') bad.push(`${name} is ${BALANCER_WORDS[state]}.`);
  }
  for (const one of database.nodes) {
    if (one.state !== 'synced') bad.push(`${one.name} ${one.reason}.`.replace(/\.\.$/, '.'));
  }
  if (work) bad.push(...agentAlarms(agents), ...jobAlarms(work));
  if (synced === 1) bad.push('One database node is left: the next failure stops all changes.');
  const state = worst.length > 0 ? 'failing' : bad.length > 0 ? 'degraded' : 'ok';
  return {
    observer: node,
    at: at.toISOString(),
    state,
    portals,
    agents,
    balancers,
    jobs: work?.jobs ?? [],
    database: { ...database, nodes: database.nodes.map((one) => withVersion(one, versions)) },
    volume,
    generation: latestOf(portals),
    alarms: [...worst, ...bad],
    traffic: flow(sights.flatMap(({ report }) => report?.traffic ?? [])),
  };
}

/** Of what the portals say now: one that is behind has closed its gate, and says why. */
function latestOf(portals: readonly PortalStatus[]): Readiness['generation'] {
  return portals
    .filter(({ state }) => state !== 'silent' && state !== 'gone')
    .flatMap(({ readiness }) => readiness?.generation ?? [])
    .sort((a, b) => b.epoch - a.epoch)[0];
}

function withVersion(node: NodeReport, versions: ReadonlyMap<string, string>): DatabaseStatus {
  const version = versions.get(node.name);
  return version === undefined ? node : { ...node, version };
}

const byName = (a: { name: string }, b: { name: string }) =>
  a.name.localeCompare(b.name, 'en', { numeric: true });

function agentAlarms(agents: AgentStatus[]): string[] {
  if (agents.length === 0) return ['No agent is there: nothing that is scheduled is done.'];
  const alarms = agents
    .filter(({ state }) => state === 'silent' || state === 'gone')
    .map(({ name, state }) => `${name} is ${state === 'gone' ? 'gone' : 'not answering'}.`);
  if (!hasPrimary(agents)) alarms.push('No agent is primary: what is scheduled waits.');
  else if (!agents.some(({ state }) => state === 'secondary' || state === 'candidate'))
    alarms.push('One agent is left: when it goes, nothing that is scheduled is done.');
  return alarms;
}

const hasPrimary = (agents: AgentStatus[]) => agents.some(({ state }) => state === 'primary');

/** What the reconcile found is said by the portals' own judgement of the records. */
function jobAlarms({ agents, jobs }: { agents: AgentStatus[]; jobs: JobStatus[] }): string[] {
  const failed = jobs
    .filter(({ name, lastRun }) => name !== 'reconcile' && lastRun?.state === 'failed')
    .map(({ name, lastRun }) => `The job ${name} failed: ${lastRun?.result}`.replace(/([^.])$/, '$1.'));
  // Without a primary all of them become so, and that is said.
  const overdue = hasPrimary(agents) ? jobs.filter((job) => job.overdue) : [];
  return [...failed, ...overdue.map(({ name }) => `The job ${name} is overdue.`)];
}

const WORDS: Record<Exclude<PortalStatus['state'], 'serving'>, string> = {
  reading: 'serving published pages only',
  closed: 'taking no requests',
  silent: 'not answering',
  gone: 'gone',
};

const BALANCER_WORDS: Record<Exclude<BalancerStatus['state'], 'serving'>, string> = {
  alone: 'without a portal',
  blind: 'no longer checking the portals',
  silent: 'not answering',
  gone: 'gone',
};

/** Also when nobody watches, so that who looks later learns what happened: ms. */
const NOTED_EVERY_MS = 5_000;

export interface StatusParts {
  self: () => Readiness;
  portals: Peers;
  agents: Peers<AgentReadiness>;
  balancers: Balancers;
  databases: DatabaseVersions;
  jobs: Pick<JobsService, 'now'>;
  chronicle: Chronicle;
}

export function statusSource(parts: StatusParts): StatusSource & { stop(): void } {
  const { self, portals, agents, balancers, databases, jobs, chronicle } = parts;
  const look = async (jobsOf: (known: AgentStatus[]) => Promise<JobStatus[]>): Promise<ClusterStatus> => {
    const began = performance.now();
    const [others, working, sights, versions] = await Promise.all([
      portals.look(),
      agents.look(),
      balancers.look(),
      databases.look(),
    ]);
    const tookMs = performance.now() - began;
    const known = working.map(agentStatus);
    const work = { agents: known, jobs: await jobsOf(known) };
    const at = new Date();
    const cluster = clusterStatus(self(), others.map(portalStatus), at, work, sights, versions);
    chronicle.note(cluster, at, tookMs);
    return { ...cluster, events: chronicle.events(at) };
  };
  const timer = setInterval(() => void look(async () => []), NOTED_EVERY_MS);
  return {
    now: () => look((known) => jobs.now(known)),
    stop: () => clearInterval(timer),
  };
}

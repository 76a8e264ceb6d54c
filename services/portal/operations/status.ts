import type { AgentReadiness } from '../../agent/types.ts';
import type { JobsService } from './jobs.ts';
import { agentStatus, type Peers, portalStatus } from './peers.ts';
import type {
  AgentStatus,
  ClusterStatus,
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
): ClusterStatus {
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
    jobs: work?.jobs ?? [],
    database,
    volume,
    alarms: [...worst, ...bad],
  };
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

export interface StatusParts {
  self: () => Readiness;
  portals: Peers;
  agents: Peers<AgentReadiness>;
  jobs: Pick<JobsService, 'now'>;
}

export function statusSource({ self, portals, agents, jobs }: StatusParts): StatusSource {
  return {
    async now() {
      const [others, working] = await Promise.all([portals.look(), agents.look()]);
      const known = working.map(agentStatus);
      const work = { agents: known, jobs: await jobs.now(known) };
      return clusterStatus(self(), others.map(portalStatus), new Date(), work);
    },
  };
}

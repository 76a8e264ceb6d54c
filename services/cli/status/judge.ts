import type { Container } from '../docker.ts';
import type { AgentSaid, Observed, Picture, Readiness, Told } from './observe.ts';
import { type JobLine, judgeWork } from './work.ts';

export interface Part {
  /** As Docker calls it, for `docker logs` and the like. */
  container: string;
  service: string;
  state: string;
  role: string;
  /** `0.1.0+3f9a1c2e`; empty when it does not say it, and of what has ended. */
  version: string;
  ok: boolean;
  /** A sentence; empty when all is well. */
  reason: string;
}

export interface Verdict {
  /** `whole`: every part does its part; `degraded`: pages are served, something is missing; `down`: they are not. */
  state: 'whole' | 'degraded' | 'down';
  parts: Part[];
  /** Where the cluster serves now: one address, or two with a second load balancer. */
  serving: string[];
  /** What is scheduled; empty when no agent says it. */
  jobs: JobLine[];
  /** Blobs that are missing or rotten; undefined when it is not known. */
  findings: number | undefined;
  /** One sentence for each part that is not well, the worst first. */
  reasons: string[];
  /** A sentence for each kind of part that runs in several versions. A rollout is under way, or was broken off. */
  mixed: string[];
}

/** Parts of which the cluster has exactly one container each. `portal` and `agent` have any number. */
const ONE_SHOTS = ['init', 'migrate'];
const SINGLES = [...ONE_SHOTS, 'db-1', 'db-2', 'db-3'];

/** The pure judgement over what was observed. */
export function judge(observed: Observed, now = new Date()): Verdict {
  const { containers } = observed;
  const balancers = observed.fronts.map(({ service }) => service);
  const missing = [...SINGLES, ...balancers, 'portal', 'agent'].filter(
    (service) => !containers.some((one) => one.service === service),
  );
  const parts = [
    ...containers.map((one) => judgeContainer(one, observed)),
    ...missing.map(
      (service): Part => ({
        container: service,
        service,
        state: 'missing',
        role: '',
        version: '',
        ok: false,
        reason: 'it has no container: `npm start` makes it',
      }),
    ),
  ].sort((a, b) => rank(a.service) - rank(b.service));

  const reasons = parts.filter((part) => !part.ok).map((part) => `${part.container}: ${part.reason}`);
  const fronts = observed.fronts.map(({ address, told }) => ({ address, ...judgeFront(told) }));
  // Two load balancers may well say the same of the portals behind them.
  reasons.unshift(...new Set(fronts.map((front) => front.reason).filter((reason) => reason !== '')));
  const { jobs, findings, reasons: amiss } = judgeWork(observed, now);
  reasons.push(...amiss);
  const serving = fronts.filter((front) => front.serves).map((front) => front.address);
  // With two, one that serves is enough: clients have its address, or the virtual one is there.
  const state = serving.length > 0 ? (reasons.length === 0 ? 'whole' : 'degraded') : 'down';
  return { state, parts, serving, jobs, findings, reasons, mixed: mixedVersions(parts) };
}

function judgeFront(front: Told<number>): { serves: boolean; reason: string } {
  if ('fault' in front) return { serves: false, reason: front.fault };
  if (front.answer === 200) return { serves: true, reason: '' };
  // A portal that only reads says 503 here and goes on serving pages; the load balancer itself says 502 or 504.
  if (front.answer === 503)
    return { serves: true, reason: 'no portal takes everything now (/-/ready says 503)' };
  return { serves: false, reason: `the load balancer reaches no portal (/-/ready says ${front.answer})` };
}

function judgeContainer(one: Container, observed: Observed): Part {
  const said = ONE_SHOTS.includes(one.service)
    ? judgeOneShot(one)
    : one.state !== 'running'
      ? { role: '', ok: false, reason: whyNotRunning(one) }
      : judgeRunning(one, observed);
  const version = versionOf(one, observed);
  return { container: one.name, service: one.service, state: one.state, version, ...said };
}

function versionOf({ id }: Container, observed: Observed): string {
  const { portals, agents, databases, balancers } = observed;
  const told = portals.get(id) ?? agents.get(id) ?? databases.get(id) ?? balancers.get(id);
  return told && 'answer' in told ? (told.answer.version ?? '') : '';
}

type Said = Pick<Part, 'role' | 'ok' | 'reason'>;

function judgeOneShot(one: Container): Said {
  if (one.state === 'exited' && one.exitCode === 0) return { role: 'done', ok: true, reason: '' };
  if (one.state === 'exited') {
    return {
      role: 'failed',
      ok: false,
      reason: `it failed (exit ${one.exitCode}): npx portico logs ${one.service}`,
    };
  }
  return { role: 'at work', ok: false, reason: 'it has not finished yet' };
}

function whyNotRunning(one: Container): string {
  switch (one.state) {
    case 'paused':
      return `it is frozen: docker unpause ${one.name}`;
    case 'restarting':
      return `it ended (exit ${one.exitCode}) and is being restarted: npx portico logs ${one.service}`;
    case 'created':
      return 'it waits for init to finish';
    default:
      return `it is ${one.state} (exit ${one.exitCode}): docker start ${one.name}`;
  }
}

function judgeRunning(one: Container, observed: Observed): Said {
  if (one.service === 'portal') return judgePortal(observed.portals.get(one.id));
  if (one.service === 'agent') return judgeAgent(observed.agents.get(one.id));
  if (isBalancer(one.service)) return judgeBalancer(observed.balancers.get(one.id), observed);
  if (one.service.startsWith('db-')) return judgeDatabase(one, observed);
  return { role: '', ok: true, reason: '' };
}

function judgePortal(told: Told<Readiness> | undefined): Said {
  if (told === undefined) return { role: '', ok: false, reason: 'it was not asked' };
  if ('fault' in told) return { role: 'closed', ok: false, reason: told.fault };
  const { full, reading, generation } = told.answer;
  const what = generation && generation.n > 0 ? ` ${generation.n}` : '';
  if (full.open) return { role: `serving${what}`, ok: true, reason: '' };
  if (reading.open) return { role: `reading${what}`, ok: false, reason: full.reasons.join('; ') };
  return { role: 'closed', ok: false, reason: reading.reasons.join('; ') };
}

function judgeAgent(told: Told<AgentSaid> | undefined): Said {
  if (told === undefined) return { role: '', ok: false, reason: 'it was not asked' };
  if ('fault' in told) return { role: '', ok: false, reason: told.fault };
  const { role, reason } = told.answer;
  return role === 'candidate' ? { role, ok: false, reason } : { role, ok: true, reason: '' };
}

function judgeDatabase(one: Container, observed: Observed): Said {
  const told = observed.databases.get(one.id);
  if (told === undefined) return { role: '', ok: false, reason: 'it was not asked' };
  if ('fault' in told) return { role: '', ok: false, reason: told.fault };
  const { state, synced, reason } = told.answer;
  if (state !== 'primary') return { role: state, ok: false, reason: reason || `it is ${state}` };
  if (synced === false)
    return { role: 'filling', ok: false, reason: reason || 'it takes over the others’ data' };
  const writers = [...observed.portals.values()].flatMap((portal) =>
    'answer' in portal ? [portal.answer.database.writer] : [],
  );
  return { role: writers.includes(one.service) ? 'writer' : 'standby', ok: true, reason: '' };
}

function judgeBalancer(balancer: Told<Picture> | undefined, { containers }: Observed): Said {
  if (balancer === undefined) return { role: '', ok: false, reason: 'it was not asked' };
  if ('fault' in balancer) return { role: '', ok: false, reason: balancer.fault };
  const { fresh, peers } = balancer.answer;
  if (!fresh) return { role: '', ok: false, reason: 'it has stopped checking the portals' };
  const portals = containers.filter((one) => one.service === 'portal').length;
  const open = peers.filter((peer) => peer.full.up).length;
  const role = `${open} of ${portals} portals open`;
  if (open === portals) return { role, ok: true, reason: '' };
  const shut = peers.filter((peer) => !peer.full.up).map((peer) => `${peer.address}: ${peer.full.reason}`);
  return { role, ok: false, reason: [`it sees ${role}`, ...shut].join('; ') };
}

function isBalancer(service: string): boolean {
  return service === 'lb' || service === 'lb-2';
}

/** Top-down, as a request goes; the one-shots last. */
function rank(service: string): number {
  if (isBalancer(service)) return 0;
  if (service === 'portal') return 1;
  if (service === 'agent') return 2;
  if (service.startsWith('db-')) return 3;
  return ONE_SHOTS.includes(service) ? 5 : 4;
}

/** Portals and agents run one image, and so does each of the others; only the same kind is compared. */
const KINDS: [name: string, of: RegExp][] = [
  ['The portals and agents', /^(portal|agent)$/],
  ['The database nodes', /^db-/],
  ['The load balancers', /^lb(-2)?$/],
];

function mixedVersions(parts: readonly Part[]): string[] {
  return KINDS.flatMap(([name, of]) => {
    const versions = new Map<string, string[]>();
    for (const part of parts.filter(({ service, version }) => of.test(service) && version !== ''))
      versions.set(part.version, [...(versions.get(part.version) ?? []), part.container]);
    if (versions.size < 2) return [];
    const each = [...versions].map(([version, containers]) => `${version} (${containers.join(', ')})`);
    return [`${name} run ${versions.size} versions: ${each.join('; ')}.`];
  });
}

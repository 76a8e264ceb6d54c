/** One load balancer or two: what was chosen for this cluster, and what the cluster itself remembers. */
import type { Config, Front } from './config.ts';
import { type Compose, run } from './docker.ts';
import { UsageError } from './exit.ts';

/** The profile under which compose/cluster.yaml has the second one. */
export const TWO_LBS = 'two-lbs';
const SECOND = 'lb-2';
/** Its volume outlives `down`, so it tells the next `up` that this cluster has two. */
const MARK = 'lb-2-cache';

export interface BalancerFacts {
  /** By an option of this run. */
  asked: 'one' | 'two' | undefined;
  /** COMPOSE_PROFILES names the profile, in the environment or in .env. */
  profile: boolean;
  /** The cluster has its container or its volume. */
  present: boolean;
}

export interface BalancerPlan {
  two: boolean;
  /** The second is there, and shall go. */
  remove: boolean;
  reason: string;
}

/** The pure decision. @throws UsageError: what was asked for and what is set contradict each other */
export function planBalancers({ asked, profile, present }: BalancerFacts): BalancerPlan {
  if (asked === 'one' && profile) {
    throw new UsageError(
      `--one-lb, and COMPOSE_PROFILES names ${TWO_LBS}: take it out there (the environment, or .env) first.`,
    );
  }
  if (asked === 'two') return { two: true, remove: false, reason: 'two load balancers were asked for' };
  if (profile) return { two: true, remove: false, reason: `COMPOSE_PROFILES names ${TWO_LBS}` };
  if (asked === 'one') return { two: false, remove: present, reason: 'one load balancer was asked for' };
  if (present) return { two: true, remove: false, reason: 'this cluster has two load balancers' };
  return { two: false, remove: false, reason: 'one load balancer is the usual' };
}

/** Asks the engine, which has to run. */
export async function hasSecond(compose: Compose): Promise<boolean> {
  const labels = { project: compose.project, volume: MARK };
  const filters = Object.entries(labels).flatMap(([label, value]) => [
    '--filter',
    `label=com.docker.compose.${label}=${value}`,
  ]);
  const [containers, volumes] = await Promise.all([compose.ps(), run(['volume', 'ls', '-q', ...filters])]);
  return containers.some((one) => one.service === SECOND) || volumes.stdout.trim() !== '';
}

export function wantsTwo(config: Config): boolean {
  return config.profiles.includes(TWO_LBS) || config.profiles.includes('*');
}

/** The load balancers that this cluster has, the first one first. */
export function frontsOf(config: Config, two: boolean): Front[] {
  return two ? [config.fronts.lb, config.fronts[SECOND]] : [config.fronts.lb];
}

/** What compose is to be told, beside the profiles that the operator has of their own. */
export function profilesFor(config: Config, two: boolean): { COMPOSE_PROFILES: string } {
  const others = config.profiles.filter((profile) => profile !== TWO_LBS);
  return { COMPOSE_PROFILES: [...others, ...(two ? [TWO_LBS] : [])].join(',') };
}

/** In peace: it finishes what it has in hand. Its volume goes too, and with it the memory of two. */
export async function removeSecond(compose: Compose): Promise<void> {
  const there = (await compose.ps()).filter((one) => one.service === SECOND).map((one) => one.id);
  if (there.length > 0) {
    await compose.stop(there);
    await run(['rm', '--force', ...there]);
  }
  await run(['volume', 'rm', '--force', `${compose.project}_${MARK}`]);
}

/** What the parts of a cluster have spent and done so far: the difference of two looks is one arm's. */
import { run } from '../../cli/docker.ts';
import type { Cluster } from '../cluster.ts';

export interface Sample {
  /** Monotonic ms. */
  at: number;
  /** Requests that the load balancer answered without asking a portal. */
  cached: number;
  /** Microseconds of CPU time by container id; empty where the engine does not tell. */
  cpu: ReadonlyMap<string, number>;
}

/** Of control groups in version 2, and in version 1: the other one is not there. */
const CPU_FILES = ['/sys/fs/cgroup/cpu.stat', '/sys/fs/cgroup/cpuacct/cpuacct.usage'];

export async function sample(cluster: Cluster, containers: readonly string[]): Promise<Sample> {
  const [told, ...times] = await Promise.all([
    cluster.exec('lb', ['bash', '/etc/portico/status.sh']),
    ...containers.map((id) => run(['exec', id, 'cat', ...CPU_FILES], { check: false })),
  ]);
  const { traffic } = JSON.parse(told) as { traffic: { cached: number } };
  const cpu = new Map<string, number>();
  times.forEach(({ stdout }, i) => {
    const micros = /^usage_usec (\d+)$/m.exec(stdout)?.[1];
    const nanos = /^(\d+)$/m.exec(stdout)?.[1];
    const spent = micros ?? (nanos === undefined ? undefined : Number(nanos) / 1000);
    if (spent !== undefined) cpu.set(containers[i]!, Number(spent));
  });
  return { at: performance.now(), cached: traffic.cached, cpu };
}

/** Microseconds that all of these spent from one look to the next; undefined where one of them is not known. */
export function cpuBetween(before: Sample, after: Sample, containers: readonly string[]): number | undefined {
  let sum = 0;
  for (const id of containers) {
    const [from, to] = [before.cpu.get(id), after.cpu.get(id)];
    if (from === undefined || to === undefined) return undefined;
    sum += to - from;
  }
  return sum;
}

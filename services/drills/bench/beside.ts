/** Containers that stand beside a cluster for as long as a bench runs. */
import { run } from '../../cli/docker.ts';

export const BESIDE = ['static', 'wrk'] as const;
export type Beside = (typeof BESIDE)[number];

export const besideName = (project: string, what: Beside): string => `${project}-bench-${what}`;

/** The arguments of `docker` that start one: as the load balancer's own container (compose/cluster.yaml), and where it can be reached. */
export function besideCluster(project: string, what: Beside, rest: readonly string[]): string[] {
  const label = (name: string, value: string) => ['--label', `com.docker.compose.${name}=${value}`];
  return [
    ...['run', '--detach', '--name', besideName(project, what)],
    ...['--network', `${project}_edge`, '--network-alias', what],
    // The project's: should this process be killed, `docker compose down --remove-orphans` takes it along.
    ...[...label('project', project), ...label('service', what), ...label('oneoff', 'False')],
    ...['--init', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'],
    ...['--tmpfs', '/tmp:mode=1777,size=64m', '--memory', '512m', '--pids-limit', '256'],
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'],
    ...rest,
  ];
}

export async function takeAway(project: string, what: Beside): Promise<void> {
  await run(['rm', '--force', besideName(project, what)]);
}

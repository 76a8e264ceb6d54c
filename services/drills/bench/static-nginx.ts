/** An nginx of the load balancer's own image that serves files and nothing else, beside the cluster, for comparison. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../cli/docker.ts';
import type { ClusterClient } from '../client.ts';
import type { Answer } from '../http.ts';
import { until } from '../until.ts';
import { type StaticFiles, staticConf } from './static-conf.ts';
import { letRead } from './workspace.ts';

const NGINX = fileURLToPath(new URL('../../../nginx/', import.meta.url));
const START_MS = 20_000;

export interface StaticNginx {
  /** As containers of the network `edge` know it. */
  host: string;
  stop(): Promise<void>;
}

export interface Copied {
  location: string;
  path: string;
  answer: Answer;
}

/** @param shared a workspace's directory @param copied what the load balancer answered: the same bytes are served */
export async function startStatic(
  { cluster }: ClusterClient,
  shared: string,
  copied: readonly Copied[],
): Promise<StaticNginx> {
  for (const { path, answer } of copied) {
    const file = join(shared, 'static', decodeURIComponent(path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, answer.body);
  }
  const locations = new Map<string, StaticFiles>();
  for (const { location, answer } of copied) locations.set(location, { location, headers: answer.headers });
  const [nginx, portal] = await Promise.all(
    ['nginx.conf', 'portal.conf'].map((name) => readFile(join(NGINX, name), 'utf8')),
  );
  await writeFile(join(shared, 'nginx.conf'), staticConf(nginx!, portal!, [...locations.values()]));
  await letRead(shared);

  const { project } = cluster;
  const name = staticName(project);
  const label = (what: string, value: string) => ['--label', `com.docker.compose.${what}=${value}`];
  await run([
    ...['run', '--detach', '--name', name, '--network', `${project}_edge`, '--network-alias', 'static'],
    // The project's: should this process be killed, `docker compose down --remove-orphans` takes it along.
    ...[...label('project', project), ...label('service', 'static'), ...label('oneoff', 'False')],
    // As the load balancer's container (compose/cluster.yaml).
    ...['--init', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'],
    ...['--tmpfs', '/tmp:mode=1777,size=64m', '--memory', '512m', '--pids-limit', '256'],
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'],
    ...['--volume', `${shared}:/bench:ro`, '--volume', `${project}_secrets-lb:/run/portico/tls:ro`],
    ...[(await cluster.part('lb')).image, 'nginx', '-c', '/bench/nginx.conf', '-e', 'stderr'],
  ]);
  const stop = async () => void (await run(['rm', '--force', name]));
  try {
    await until('the static nginx listens', START_MS, async () => {
      const listens = await run(['exec', name, 'bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/8443'], {
        check: false,
      });
      return listens.code === 0 || (await run(['logs', name], { check: false })).stderr;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: 'static', stop };
}

/** Of the container. */
export const staticName = (project: string): string => `${project}-bench-static`;

/** An nginx of the load balancer's own image that serves files and nothing else, beside the cluster, for comparison. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../cli/docker.ts';
import type { ClusterClient } from '../client.ts';
import type { Answer } from '../http.ts';
import { until } from '../until.ts';
import { besideCluster, besideName, takeAway } from './beside.ts';
import { type StaticFiles, staticConf } from './static-conf.ts';
import { letRead } from './workspace.ts';

const NGINX = fileURLToPath(new URL('../../../nginx/', import.meta.url));
const START_MS = 20_000;

export interface StaticNginx {
  /** As containers of the network `edge` know it. */
  host: string;
  container: string;
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
  const { image } = await cluster.part('lb');
  const mounts = ['--volume', `${shared}:/bench:ro`, '--volume', `${project}_secrets-lb:/run/portico/tls:ro`];
  await run(
    besideCluster(project, 'static', [...mounts, image, 'nginx', '-c', '/bench/nginx.conf', '-e', 'stderr']),
  );
  const name = besideName(project, 'static');
  const stop = () => takeAway(project, 'static');
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
  return { host: 'static', container: name, stop };
}

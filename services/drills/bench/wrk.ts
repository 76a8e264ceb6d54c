/** Sends requests as fast as they are answered: Debian's wrk, in a container beside the load balancer. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../cli/docker.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Cluster } from '../cluster.ts';
import { besideCluster, besideName, takeAway } from './beside.ts';
import { letRead } from './workspace.ts';

const COMPOSE_FILE = fileURLToPath(new URL('./compose.yaml', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./requests.lua', import.meta.url));
/** Beyond its own time: starting, connecting, the last answers. */
const GRACE_MS = 30_000;

export interface Load {
  /** As the containers of the network `edge` know it: `lb`, `static`. */
  host: string;
  /** Asked in turn. */
  paths: readonly string[];
  connections: number;
  seconds: number;
  headers?: Record<string, string>;
  /** Each address is asked once: with a number behind it that nobody asked with before. */
  unique?: boolean;
}

export interface Loaded {
  requests: number;
  bytes: number;
  seconds: number;
  failed: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Microseconds of CPU time that the asking itself took. */
  cpu: number;
}

export class Wrk {
  #cluster: Cluster;
  #directory: string;

  private constructor(cluster: Cluster, directory: string) {
    this.#cluster = cluster;
    this.#directory = directory;
  }

  /** Builds the image and starts the container, which then waits. @param directory which containers can be given to read */
  static async start(cluster: Cluster, directory: string, onLine?: (line: string) => void): Promise<Wrk> {
    const { env, cwd, project } = cluster.compose;
    const deadlineMs = 600_000;
    await run(['compose', '-f', COMPOSE_FILE, 'build', 'wrk'], {
      env,
      cwd,
      deadlineMs,
      ...(onLine && { onLine }),
    });
    await copyFile(SCRIPT, join(directory, 'requests.lua'));
    await letRead(directory);
    const image = `${env.PORTICO_IMAGE_PREFIX ?? process.env.PORTICO_IMAGE_PREFIX ?? 'portico'}-wrk`;
    await run(
      besideCluster(project, 'wrk', ['--volume', `${directory}:/bench:ro`, image, 'sleep', 'infinity']),
    );
    return new Wrk(cluster, directory);
  }

  /** One thread, keep-alive, HTTP/1.1 over TLS. @throws PorticoError 'internal': a request failed, so it measures nothing */
  async load({ host, paths, connections, seconds, headers = {}, unique = false }: Load): Promise<Loaded> {
    await writeFile(join(this.#directory, 'paths'), paths.map((path) => `${path}\n`).join(''));
    await letRead(this.#directory);
    const { stdout } = await run(
      [
        ...['exec', besideName(this.#cluster.project, 'wrk')],
        ...[
          'wrk',
          '-t1',
          `-c${connections}`,
          `-d${seconds}s`,
          '--timeout',
          '10s',
          '-s',
          '/bench/requests.lua',
        ],
        ...[`https://${host}:8443`, '--', '/bench/paths', ...(unique ? ['unique'] : [])],
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ],
      { deadlineMs: seconds * 1000 + GRACE_MS },
    );
    const loaded = JSON.parse(stdout.trim().split('\n').at(-1)!) as Loaded;
    if (loaded.failed > 0 || loaded.requests === 0)
      throw new PorticoError(
        'internal',
        `${loaded.failed} of ${loaded.requests} requests to ${host} failed.`,
      );
    return loaded;
  }

  stop(): Promise<void> {
    return takeAway(this.#cluster.project, 'wrk');
  }
}

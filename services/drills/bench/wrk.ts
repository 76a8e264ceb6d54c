/** Sends requests as fast as they are answered: Debian's wrk, in a container beside the load balancer. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../cli/docker.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Cluster } from '../cluster.ts';
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
}

export class Wrk {
  #cluster: Cluster;
  #directory: string;

  private constructor(cluster: Cluster, directory: string) {
    this.#cluster = cluster;
    this.#directory = directory;
  }

  /** @param directory which containers can be given to read */
  static async build(cluster: Cluster, directory: string, onLine?: (line: string) => void): Promise<Wrk> {
    const { env, cwd } = cluster.compose;
    await run(['compose', '-f', COMPOSE_FILE, 'build', 'wrk'], {
      env,
      cwd,
      deadlineMs: 600_000,
      ...(onLine && { onLine }),
    });
    await copyFile(SCRIPT, join(directory, 'requests.lua'));
    return new Wrk(cluster, directory);
  }

  /** One thread, keep-alive, HTTP/1.1 over TLS. @throws PorticoError 'internal': a request failed, so it measures nothing */
  async load({ host, paths, connections, seconds, headers = {}, unique = false }: Load): Promise<Loaded> {
    await writeFile(join(this.#directory, 'paths'), paths.map((path) => `${path}\n`).join(''));
    await letRead(this.#directory);
    const { project, env } = this.#cluster.compose;
    const image = `${env.PORTICO_IMAGE_PREFIX ?? process.env.PORTICO_IMAGE_PREFIX ?? 'portico'}-wrk`;
    const { stdout } = await run(
      [
        ...['run', '--rm', '--network', `${project}_edge`, '--volume', `${this.#directory}:/bench:ro`, image],
        ...['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', '/bench/requests.lua'],
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
}

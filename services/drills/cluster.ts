/** A running cluster as drills and tests handle it: parts by their short names (`portal-1`, `db-2`, `lb`). */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressOf, Compose, type Container, run } from '../cli/docker.ts';
import { PorticoError } from '../platform/errors.ts';
import { ask } from './http.ts';
import { hide, remount, unhide } from './mounts.ts';
import { until } from './until.ts';
import { whatIsMissing } from './whole.ts';

export const DATABASES = ['db-1', 'db-2', 'db-3'] as const;
const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
export type Network = 'dmz' | 'internal';
/** Where each part belongs; of the load balancer only what it shares with the portals. */
const NETWORKS: Record<string, readonly Network[]> = {
  lb: ['dmz'],
  portal: ['dmz', 'internal'],
  agent: ['internal'],
  ...Object.fromEntries(DATABASES.map((name) => [name, ['internal'] as const])),
};
/** One-shot services: they have done their part once they have exited with 0. */
const ONE_SHOT = new Set(['init', 'migrate']);

export type Environment = Record<string, string | undefined>;

export interface CreateOptions {
  project: string;
  env?: Environment;
  /** How many portals. Default 2. */
  portals?: number;
  /** Only these services (and what they depend on). Default: all. */
  services?: readonly string[];
  onLine?: (line: string) => void;
}

export class Cluster {
  readonly compose: Compose;
  /** Whose volume was made read-only. */
  #readOnly = new Set<string>();
  #secrets = new Map<string, string>();
  #unhook: (() => void) | undefined;
  #leaving = new AbortController();
  #coming: Promise<void> = Promise.resolve();
  #gone: Promise<void> | undefined;

  private constructor(compose: Compose) {
    this.compose = compose;
  }

  get project(): string {
    return this.compose.project;
  }

  /** A cluster that is up already. @throws PorticoError 'not-found': the project has no containers */
  static async attach(project: string, env: Environment = {}): Promise<Cluster> {
    const cluster = new Cluster(new Compose(project, { env, cwd: HOUSE }));
    if ((await cluster.compose.ps()).length === 0) {
      throw new PorticoError('not-found', `No containers belong to a project ${project}. Is the cluster up?`);
    }
    return cluster;
  }

  /** Brings a new one up and does not wait for it to be whole. It goes away with this process, also by Ctrl-C. */
  static async create(options: CreateOptions): Promise<Cluster> {
    const { project, services = [], portals = 2, onLine } = options;
    const env = { ...options.env, PORTICO_PORTALS: String(portals) };
    const cluster = new Cluster(new Compose(project, { env, cwd: HOUSE }));
    cluster.#goAwayOnSignal();
    const bringUp = async () => {
      // Built first: services that share an image with the one that builds it would ask a registry for it.
      const told = { signal: cluster.#leaving.signal, ...(onLine && { onLine }) };
      await cluster.compose.compose(['build', 'portal', 'db-1', 'lb'], { ...told, deadlineMs: 1_200_000 });
      if (!cluster.#leaving.signal.aborted) await cluster.compose.up(['--no-build', ...services], told);
    };
    const coming = bringUp();
    cluster.#coming = coming.catch(() => {}); // whoever awaits create() is told
    try {
      await coming;
    } catch (error) {
      await cluster.destroy();
      throw error;
    }
    return cluster;
  }

  // ---- looking ----

  /** The parts that shall run, stopped ones too: not the one-shots. */
  async parts(): Promise<Container[]> {
    return (await this.compose.ps()).filter((one) => !ONE_SHOT.has(one.service));
  }

  async portals(): Promise<Container[]> {
    return (await this.parts()).filter((one) => one.service === 'portal');
  }

  /** @param name `portal-2`, `db-1`, `lb`, `migrate` @throws PorticoError 'not-found' */
  async part(name: string): Promise<Container> {
    const found = (await this.compose.ps()).find((one) => shortName(one) === name);
    if (found === undefined) {
      throw new PorticoError('not-found', `Project ${this.project} has no part ${name}.`);
    }
    return found;
  }

  /** The address at which the host reaches a part now; it may be another one after a restart. */
  async address(name: string, network = name.startsWith('db-') ? 'internal' : 'dmz'): Promise<string> {
    return addressOf(await this.part(name), network);
  }

  /** The load balancers by their short names: `lb`, and `lb-2` where there is one. */
  async balancers(): Promise<string[]> {
    return (await this.parts()).map(shortName).filter((name) => name === 'lb' || name === 'lb-2');
  }

  /** Where a load balancer is published, e.g. `https://localhost:8443`. */
  async baseUrl(port: 8443 | 8080 = 8443, balancer = 'lb'): Promise<string> {
    const published = (await this.part(balancer)).ports[port];
    if (published === undefined) throw new PorticoError('internal', `${balancer} is not running.`);
    // The certificate is for localhost; only an address of another interface is used as it is.
    const local = ['', '0.0.0.0', '127.0.0.1', '::'].includes(published.host);
    return `${port === 8443 ? 'https' : 'http'}://${local ? 'localhost' : published.host}:${published.port}`;
  }

  /** Read from the consumer's own secret volume by a container without a network. @param volume e.g. `migrate` */
  async secret(volume: 'portal' | 'migrate' | 'db' | 'lb', name: string): Promise<string> {
    const key = `${volume}/${name}`;
    const known = this.#secrets.get(key);
    if (known !== undefined) return known;
    const image = (await this.part('portal-1')).image;
    const mount = `${this.project}_secrets-${volume}:/secrets:ro`;
    const { stdout } = await run([
      'run',
      '--rm',
      '--network',
      'none',
      '-v',
      mount,
      image,
      'cat',
      `/secrets/${name}`,
    ]);
    const value = stdout.trim();
    this.#secrets.set(key, value);
    return value;
  }

  // ---- acting; several at once means in one breath, as far as the engine can ----

  async stop(...names: string[]): Promise<void> {
    await this.#act('stop', names);
  }
  async kill(...names: string[]): Promise<void> {
    await this.#act('kill', names);
  }
  async pause(...names: string[]): Promise<void> {
    // The kernel may fail to freeze a process that is just being born (a health check, on a busy machine).
    for (let tries = 1; ; tries++) {
      try {
        return await this.#act('pause', names);
      } catch (error) {
        if (tries === 10 || !(error instanceof Error) || !error.message.includes('unable to freeze'))
          throw error;
      }
    }
  }
  async unpause(...names: string[]): Promise<void> {
    await this.#act('unpause', names);
  }
  async start(...names: string[]): Promise<void> {
    await this.#act('start', names);
  }

  /** Takes a part's cable to one network out; what it had open there hears nothing more. */
  async cutOff(name: string, network: Network): Promise<void> {
    const { id } = await this.part(name);
    await run(['network', 'disconnect', `${this.project}_${network}`, id]);
  }

  /** Puts it in again, under the names by which the others know the part; the address may be another one. */
  async reconnect(name: string, network: Network): Promise<void> {
    const { id, service, name: container } = await this.part(name);
    const aliases = [service, container].flatMap((alias) => ['--alias', alias]);
    await run(['network', 'connect', ...aliases, `${this.project}_${network}`, id]);
  }

  /** The shared volume of one part alone becomes read-only, or writable again. */
  async remount(name: string, mode: 'ro' | 'rw'): Promise<void> {
    await remount(await this.part(name), mode);
    if (mode === 'ro') this.#readOnly.add(name);
    else this.#readOnly.delete(name);
  }

  /** For one part alone a directory of the shared volume is empty, until what this returns is called. */
  async hide(name: string, path: string): Promise<() => Promise<void>> {
    const part = await this.part(name);
    await hide(part, path);
    return () => unhide(part, path);
  }

  /** @returns what it printed @throws PorticoError 'internal': it exited with other than 0 */
  async exec(name: string, command: readonly string[], input?: string, deadlineMs = 60_000): Promise<string> {
    const { id } = await this.part(name);
    const options = input === undefined ? { deadlineMs } : { input, deadlineMs };
    return (await this.compose.exec(id, command, options)).stdout;
  }

  /**
   * Makes services' containers anew with other settings, and nothing else. `{}` puts the usual settings back. A service
   * that was not there, because of its profile, comes: `lb-2`.
   */
  async reconfigure(services: string | readonly string[], env: Environment): Promise<void> {
    const compose = new Compose(this.project, { env: { ...this.compose.env, ...env }, cwd: HOUSE });
    await compose.up(['--no-deps', '--no-build', ...[services].flat()]);
  }

  /** Takes a database node's container and its volume away and makes both anew, empty. */
  async wipe(name: (typeof DATABASES)[number]): Promise<void> {
    await this.forget(name);
    await this.compose.up(['--no-deps', '--no-build', name]);
  }

  /** The first half of a wipe: container and volume are gone, nothing is there in their place. */
  async forget(name: (typeof DATABASES)[number]): Promise<void> {
    const { id } = await this.part(name);
    await run(['rm', '--force', id]);
    await run(['volume', 'rm', `${this.project}_${name}`]);
  }

  async scalePortals(portals: number): Promise<void> {
    await this.compose.scale({ portal: portals });
  }

  // ---- waiting ----

  /**
   * Every portal ready by its own word and reached through each load balancer; three database nodes synced in one
   * cluster.
   * @returns milliseconds that it took
   */
  async waitWhole(deadlineMs = 90_000, sticky = false): Promise<number> {
    return until(
      'the cluster is whole',
      deadlineMs,
      async () => (await whatIsMissing(this, sticky)) ?? true,
      250,
    );
  }

  /** Reconnects, thaws and starts whatever needs it, and waits until the cluster is whole: a test's last act. */
  async mend(deadlineMs = 120_000): Promise<void> {
    const parts = await this.parts();
    const named = (state: (one: Container) => boolean) => parts.filter(state).map((one) => one.id);
    for (const one of parts.filter(({ state }) => state === 'running' || state === 'paused')) {
      for (const network of NETWORKS[one.service] ?? []) {
        if (one.addresses[network] === undefined) await this.reconnect(shortName(one), network);
      }
    }
    const frozen = named((one) => one.state === 'paused');
    const down = named(
      (one) => one.state !== 'running' && one.state !== 'paused' && one.state !== 'restarting',
    );
    if (frozen.length > 0) await this.compose.unpause(frozen);
    for (const name of this.#readOnly) await this.remount(name, 'rw');
    if (down.length > 0) await this.compose.start(down);
    for (const name of DATABASES) {
      if (!parts.some((one) => one.service === name))
        await this.compose.up(['--no-deps', '--no-build', name]);
    }
    await this.waitWhole(deadlineMs);
  }

  // ---- leaving ----

  /** One file for each part, and what the engine says of each. */
  async saveLogs(dir: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    const parts = await this.compose.ps();
    await writeFile(path.join(dir, 'containers.json'), `${JSON.stringify(parts, null, 2)}\n`);
    for (const one of parts) {
      const logs = await run(['logs', '--timestamps', one.id], { check: false });
      await writeFile(path.join(dir, `${shortName(one)}.log`), `${logs.stdout}\n${logs.stderr}\n`);
    }
  }

  /** Containers, networks and volumes. Images stay: they are what makes the next start quick. */
  destroy(): Promise<void> {
    this.#gone ??= this.compose
      .down(['--volumes', '--remove-orphans', '--timeout', '2'])
      .then(() => this.#unhook?.());
    return this.#gone;
  }

  async #act(action: 'stop' | 'kill' | 'pause' | 'unpause' | 'start', names: string[]): Promise<void> {
    const all = await this.compose.ps();
    const ids = names.map((name) => {
      const found = all.find((one) => shortName(one) === name);
      if (!found) throw new PorticoError('not-found', `Project ${this.project} has no part ${name}.`);
      return found.id;
    });
    // One process each, all at once: `docker stop a b c` would wait for each before the next.
    await Promise.all(ids.map((id) => this.compose[action]([id])));
  }

  #goAwayOnSignal(): void {
    const leave = (signal: NodeJS.Signals) => {
      process.stderr.write(`${signal}: taking the cluster ${this.project} away …\n`);
      // What brings it up ends first, and then nothing can appear behind the broom.
      this.#leaving.abort();
      this.#coming.finally(() => this.destroy()).finally(() => process.exit(130));
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.once(signal, leave);
    this.#unhook = () => {
      for (const signal of signals) process.removeListener(signal, leave);
    };
  }
}

/** `portal-1`, because a portal has siblings; `db-1` and `lb`, because they have none. */
export function shortName(one: Pick<Container, 'service' | 'index'>): string {
  return one.service === 'portal' || one.service === 'agent' ? `${one.service}-${one.index}` : one.service;
}

/** What a portal says of itself, asked without the load balancer. */
export async function readyByItself(address: string): Promise<true | string> {
  const answer = await ask(`http://${address}:8000/-/ready`, { deadlineMs: 2_000 });
  return answer.status === 200 ? true : answer.text().slice(0, 300);
}

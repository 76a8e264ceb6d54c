/** The only place that starts a `docker` process. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PorticoError } from '../platform/errors.ts';

export interface RunOptions {
  /** Added to this process's own environment. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Written to the process's stdin, which is then closed. */
  input?: string;
  /** Each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
  /** false: the lines go to `onLine` alone, for an output too long to hold. Default true. */
  keep?: boolean;
  /** Milliseconds after which the process is ended and the call fails. Default: five minutes. */
  deadlineMs?: number;
  /** false: an exit status other than 0 is an answer, not an error. */
  check?: boolean;
  /** Aborting ends the process with SIGTERM; the call settles when it has ended. */
  signal?: AbortSignal;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** @throws PorticoError 'internal': docker is missing, took too long, or (unless `check` is false) exited other than 0 */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { env, cwd, input, onLine, keep = true, deadlineMs = 300_000, check = true, signal } = options;
  const child = spawn('docker', args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, deadlineMs);
  const abort = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', abort, { once: true });
  const out: string[] = [];
  const err: string[] = [];
  // Both are pipes (stdio above); the type cannot know it.
  const { stdout, stderr } = child as unknown as {
    stdout: NodeJS.ReadableStream;
    stderr: NodeJS.ReadableStream;
  };
  const lines = (from: NodeJS.ReadableStream, into: string[]) =>
    createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      if (keep) into.push(line);
      onLine?.(line);
    });
  lines(stdout, out);
  lines(stderr, err);
  if (input !== undefined && child.stdin !== null) {
    // A process that exits without reading all of its input is judged by its exit status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  }

  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 128));
  })
    .catch((cause: NodeJS.ErrnoException) => {
      const message =
        cause.code === 'ENOENT'
          ? 'There is no `docker` command. `npm start` can install it.'
          : `docker: ${cause.message}`;
      throw new PorticoError('internal', message, { cause });
    })
    .finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });

  const result = { stdout: out.join('\n'), stderr: err.join('\n'), code };
  if (late) {
    throw new PorticoError(
      'internal',
      `docker ${summary(args)} took longer than ${deadlineMs / 1000} s. ${gist(result)}`,
    );
  }
  if (check && code !== 0) {
    throw new PorticoError('internal', `docker ${summary(args)} failed (exit ${code}): ${gist(result)}`);
  }
  return result;
}

/** The lines that say what went wrong: errors if there are any, else the last few. */
export function gist({ stdout, stderr }: Pick<RunResult, 'stdout' | 'stderr'>): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error|fail|denied|cannot|no such|not found/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-4).join('\n');
}

function summary(args: readonly string[]): string {
  const words = args.filter((arg, i) => !arg.startsWith('-') && args[i - 1] !== '-p');
  return words.slice(0, 4).join(' ');
}

export interface Container {
  id: string;
  name: string;
  service: string;
  /** 1 for the first of its service. */
  index: number;
  /** `running`, `exited`, `paused`, `restarting`, `created`, `dead`. */
  state: string;
  health: string | undefined;
  exitCode: number;
  /** The name by which it was asked for, e.g. `portico-portal:latest`. */
  image: string;
  /** The id of the image that it runs; its name may stand for another one by now. */
  imageId: string;
  /** Address by network, without the project's prefix: `{dmz: '172.20.0.3'}`. Empty while it is stopped. */
  addresses: Record<string, string>;
  /** Published host ports by container port: `{8443: {host: '127.0.0.1', port: 8443}}`. */
  ports: Record<number, { host: string; port: number }>;
  startedAt: Date;
  /** How often the engine has started it again by its restart policy. */
  restarts: number;
}

interface Inspected {
  Id: string;
  Name: string;
  Image: string;
  RestartCount: number;
  State: { Status: string; ExitCode: number; StartedAt: string; Health?: { Status: string } };
  Config: { Image: string; Labels: Record<string, string> };
  NetworkSettings: {
    Networks: Record<string, { IPAddress: string }>;
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null> | null;
  };
}

/** One Compose project. Containers are found by their labels, so looking needs neither the file nor its variables. */
export class Compose {
  readonly project: string;
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;

  constructor(project: string, options: { env?: Record<string, string | undefined>; cwd: string }) {
    this.project = project;
    this.env = { ...options.env, COMPOSE_PROJECT_NAME: project };
    this.cwd = options.cwd;
  }

  /** `docker compose -p <project> …` */
  compose(args: readonly string[], options: Omit<RunOptions, 'env' | 'cwd'> = {}): Promise<RunResult> {
    return run(['compose', '-p', this.project, ...args], { ...options, env: this.env, cwd: this.cwd });
  }

  up(args: readonly string[] = [], options: Omit<RunOptions, 'env' | 'cwd'> = {}): Promise<RunResult> {
    return this.compose(['up', '-d', ...args], { deadlineMs: 900_000, ...options });
  }

  /** Whatever the profile by which it came: compose would leave the second load balancer standing, with its network. */
  down(args: readonly string[] = [], options: Omit<RunOptions, 'env' | 'cwd'> = {}): Promise<RunResult> {
    return this.compose(['--profile', '*', 'down', ...args], { deadlineMs: 300_000, ...options });
  }

  /** @param replicas how many there shall be of each service named, e.g. `{portal: 4}`; nothing else is touched */
  scale(replicas: Record<string, number>): Promise<RunResult> {
    const counts = Object.entries(replicas).flatMap(([service, n]) => ['--scale', `${service}=${n}`]);
    return this.up(['--no-deps', '--no-build', '--no-recreate', ...counts, ...Object.keys(replicas)]);
  }

  logs(services: readonly string[] = [], args: readonly string[] = []): Promise<RunResult> {
    return this.compose(['--profile', '*', 'logs', '--no-color', '--timestamps', ...args, ...services], {
      check: false,
    });
  }

  /** Every container of the project, stopped ones too, in the order of service and index. */
  async ps(): Promise<Container[]> {
    const filter = ['--filter', `label=com.docker.compose.project=${this.project}`];
    const { stdout } = await run(['ps', '-aq', '--no-trunc', ...filter]);
    const ids = stdout.split('\n').filter(Boolean);
    if (ids.length === 0) return [];
    // Not checked: a container may be removed between the two commands, and the others are still reported.
    const inspected = await run(['inspect', '--type', 'container', ...ids], { check: false });
    const containers = (JSON.parse(inspected.stdout || '[]') as Inspected[]).map((one) =>
      this.#container(one),
    );
    return containers.sort((a, b) => a.service.localeCompare(b.service) || a.index - b.index);
  }

  /** @throws PorticoError 'not-found' */
  async containerOf(service: string, index = 1): Promise<Container> {
    const found = (await this.ps()).find((one) => one.service === service && one.index === index);
    if (found === undefined) {
      throw new PorticoError('not-found', `Project ${this.project} has no container ${service}-${index}.`);
    }
    return found;
  }

  exec(container: string, command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const stdin = options.input === undefined ? [] : ['-i'];
    return run(['exec', ...stdin, container, ...command], { deadlineMs: 60_000, ...options });
  }

  start(containers: readonly string[]): Promise<RunResult> {
    return run(['start', ...containers]);
  }

  /** SIGTERM (or the container's own stop signal); SIGKILL after the grace that it was created with. */
  stop(containers: readonly string[]): Promise<RunResult> {
    return run(['stop', ...containers]);
  }

  restart(containers: readonly string[]): Promise<RunResult> {
    return run(['restart', ...containers]);
  }

  /** SIGKILL. The engine takes it for the operator's will and does not restart it. */
  kill(containers: readonly string[]): Promise<RunResult> {
    return run(['kill', ...containers]);
  }

  pause(containers: readonly string[]): Promise<RunResult> {
    return run(['pause', ...containers]);
  }

  unpause(containers: readonly string[]): Promise<RunResult> {
    return run(['unpause', ...containers]);
  }

  #container(one: Inspected): Container {
    const prefix = `${this.project}_`;
    const addresses: Record<string, string> = {};
    for (const [network, { IPAddress }] of Object.entries(one.NetworkSettings.Networks)) {
      if (IPAddress)
        addresses[network.startsWith(prefix) ? network.slice(prefix.length) : network] = IPAddress;
    }
    const ports: Container['ports'] = {};
    for (const [port, hosts] of Object.entries(one.NetworkSettings.Ports ?? {})) {
      const host = hosts?.[0];
      if (host) ports[Number.parseInt(port, 10)] = { host: host.HostIp, port: Number(host.HostPort) };
    }
    return {
      id: one.Id,
      name: one.Name.replace(/^\//, ''),
      service: one.Config.Labels['com.docker.compose.service'] ?? '',
      index: Number(one.Config.Labels['com.docker.compose.container-number'] ?? 1),
      state: one.State.Status,
      health: one.State.Health?.Status,
      exitCode: one.State.ExitCode,
      image: one.Config.Image,
      imageId: one.Image,
      addresses,
      ports,
      startedAt: new Date(one.State.StartedAt),
      restarts: one.RestartCount,
    };
  }
}

/** @throws PorticoError 'internal': the container is stopped, or not on that network */
export function addressOf(container: Container, network: string): string {
  const address = container.addresses[network];
  if (address === undefined) {
    throw new PorticoError(
      'internal',
      `${container.name} (${container.state}) has no address on network ${network}.`,
    );
  }
  return address;
}

import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseEnv } from 'node:util';
import { run } from '../docker.ts';
import { execute, which } from '../process.ts';

export interface Facts {
  platform: NodeJS.Platform;
  /** From /etc/os-release; undefined elsewhere than on Linux. */
  system: string | undefined;
  /** apt-get and dpkg are there: Debian and its family. */
  apt: boolean;
  /** How this process may act as root: it is root, it can ask sudo, or not at all. */
  root: 'is' | 'sudo' | 'no';
  /** systemd runs, so services are started by it. */
  systemd: boolean;
  engine: EngineFacts;
  /** Version of `docker compose`, e.g. `2.26.1`; undefined when there is none. */
  compose: string | undefined;
}

export type EngineFacts =
  | { state: 'running'; version: string }
  /** The program is there, the daemon does not answer. */
  | { state: 'stopped'; detail: string }
  /** It runs, and this user may not talk to it; `member`: is in the group that may, but not yet in this session. */
  | { state: 'forbidden'; member: boolean }
  | { state: 'absent' };

/** Looks, and changes nothing. */
export async function gatherFacts(): Promise<Facts> {
  const [engine, compose] = await Promise.all([engineFacts(), composeVersion()]);
  return {
    platform: process.platform,
    system: systemName(),
    apt: which('apt-get') !== undefined && which('dpkg') !== undefined,
    root: process.getuid?.() === 0 ? 'is' : which('sudo') ? 'sudo' : 'no',
    systemd: existsSync('/run/systemd/system'),
    engine,
    compose,
  };
}

export async function engineFacts(): Promise<EngineFacts> {
  if (!which('docker'))
    return { state: which('dockerd') ? 'stopped' : 'absent', detail: 'there is no `docker` command' };
  const { code, stdout, stderr } = await run(['info', '--format', '{{.ServerVersion}}'], {
    check: false,
    deadlineMs: 20_000,
  });
  if (code === 0 && stdout.trim() !== '') return { state: 'running', version: stdout.trim() };
  if (/permission denied/i.test(stderr)) return { state: 'forbidden', member: await isInGroupDocker() };
  // On Linux a client without a daemon package is not an engine. Elsewhere Docker Desktop has no dockerd of its own.
  if (process.platform === 'linux' && !which('dockerd')) return { state: 'absent' };
  return { state: 'stopped', detail: stderr.trim().split('\n').at(-1) ?? '' };
}

export async function composeVersion(): Promise<string | undefined> {
  if (!which('docker')) return undefined;
  const { code, stdout } = await run(['compose', 'version', '--short'], { check: false, deadlineMs: 20_000 });
  const version = stdout.trim().replace(/^v/, '');
  return code === 0 && /^[2-9]\d*\./.test(version) ? version : undefined;
}

async function isInGroupDocker(): Promise<boolean> {
  if (!which('getent')) return false;
  const { stdout } = await execute('getent', ['group', 'docker'], { check: false });
  return (stdout.split(':')[3] ?? '').split(',').includes(userInfo().username);
}

function systemName(): string | undefined {
  if (!existsSync('/etc/os-release')) return undefined;
  return parseEnv(readFileSync('/etc/os-release', 'utf8')).PRETTY_NAME;
}

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MachineError } from '../exit.ts';
import { aptCandidates, aptInstall, aptUpdate, debianMirror, unpackFrom } from './apt.ts';
import { composeVersion } from './facts.ts';
import { asRoot } from './root.ts';

/** Where every Docker client looks for plugins that the machine's owner put there. */
const PLUGINS = '/usr/local/lib/docker/cli-plugins';
/** Debian 13's packages need no more than libc 2.34, so they run on Debian 12 and Ubuntu 22.04 too. */
const RELEASE = 'trixie';

type Latest = (line: string) => void;

/** Docker's own name for it, Ubuntu's, Debian 13's: the first of them that is a version 2. */
const PACKAGES = ['docker-compose-plugin', 'docker-compose-v2', 'docker-compose'] as const;
const BUILDX = ['docker-buildx-plugin', 'docker-buildx'] as const;

/** The packages of this machine's own apt that bring Compose v2; undefined when it has none. */
export function choosePackages(candidates: ReadonlyMap<string, string>): string[] | undefined {
  const compose = PACKAGES.find((name) => Number.parseInt(upstream(candidates.get(name)), 10) >= 2);
  if (compose === undefined) return undefined;
  const buildx = BUILDX.find((name) => candidates.has(name));
  return buildx ? [compose, buildx] : [compose];
}

export async function installCompose(latest: Latest): Promise<void> {
  await aptUpdate(latest);
  const packages = choosePackages(await aptCandidates([...PACKAGES, ...BUILDX]));
  if (packages) await aptInstall(packages, latest);
  else await installPlugins(PLUGINS, latest);
  if ((await composeVersion()) === undefined) {
    throw new MachineError(
      'Docker Compose v2 was installed, yet `docker compose version` does not answer. Run that, and see what it says.',
    );
  }
}

/** @param directory where the plugins are put */
export async function installPlugins(directory: string, latest: Latest): Promise<void> {
  const mirror = await debianMirror();
  if (mirror === undefined) {
    throw new MachineError(
      'Neither this distribution nor a Debian mirror in its apt configuration has Docker Compose v2. ' +
        'Install it by hand (https://docs.docker.com/compose/install/linux/) and run this again.',
    );
  }
  const work = await mkdtemp(join(tmpdir(), 'portico-compose-'));
  try {
    await unpackFrom(RELEASE, mirror, ['docker-compose', 'docker-buildx'], work, latest);
    const unpacked = join(work, 'usr/libexec/docker/cli-plugins');
    const plugins = (await readdir(unpacked)).map((name) => join(unpacked, name));
    await asRoot('install', ['-D', '-m', '0755', '-t', directory, ...plugins]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** `1:2.26.1-4` → `2.26.1-4` */
function upstream(version = ''): string {
  return version.replace(/^\d+:/, '');
}

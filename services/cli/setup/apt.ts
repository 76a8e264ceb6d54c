import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MachineError } from '../exit.ts';
import { execute } from '../process.ts';
import { asRoot } from './root.ts';

/** Debian's own way to be asked nothing. */
const QUIET = { DEBIAN_FRONTEND: 'noninteractive' };
/** Another apt may hold the lock (unattended-upgrades on a machine that has just started): wait for it. */
const PATIENT = ['-o', 'DPkg::Lock::Timeout=300'];
/** All of Debian's release keys; the one of Debian 13 is in Debian 12's and Ubuntu 24.04's package too. */
export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

type Latest = (line: string) => void;

export async function aptUpdate(latest: Latest): Promise<void> {
  await asRoot('apt-get', [...PATIENT, '-q', 'update'], { env: QUIET, onLine: latest });
}

export async function aptInstall(packages: readonly string[], latest: Latest): Promise<void> {
  const args = [...PATIENT, '-q', 'install', '-y', '--no-install-recommends', ...packages];
  await asRoot('apt-get', args, { env: QUIET, onLine: latest, deadlineMs: 1_800_000 });
}

/** The version of each package that apt would install; packages that it does not know are left out. */
export async function aptCandidates(packages: readonly string[]): Promise<Map<string, string>> {
  const { stdout } = await execute('apt-cache', ['policy', ...packages], { check: false });
  return parseCandidates(stdout);
}

export function parseCandidates(policy: string): Map<string, string> {
  const candidates = new Map<string, string>();
  let name = '';
  for (const line of policy.split('\n')) {
    const heading = /^(\S+):$/.exec(line);
    if (heading?.[1]) name = heading[1];
    const version = /^\s+Candidate: (\S+)$/.exec(line)?.[1];
    if (name && version && version !== '(none)') candidates.set(name, version);
  }
  return candidates;
}

/** The Debian mirror that this machine itself uses; undefined when it uses none (Ubuntu, say). */
export async function debianMirror(): Promise<string | undefined> {
  const fields = ['$(ORIGIN)', '$(LABEL)', '$(REPO_URI)'].join('\t');
  const { stdout } = await execute('apt-get', ['indextargets', '--format', fields, 'Created-By: Packages']);
  return parseMirror(stdout);
}

/** The first that is Debian's main archive: that of security updates holds no release. */
export function parseMirror(targets: string): string | undefined {
  const rows = targets.split('\n').map((line) => line.split('\t'));
  return rows.find(([origin, label]) => origin === 'Debian' && label === 'Debian')?.[2]?.replace(/\/+$/, '');
}

/**
 * Unpacks packages of another Debian release into `directory`, beside this machine's apt and without touching it: apt
 * itself, with lists of its own, fetches them and checks signature and hashes, through whatever proxy it is set up with.
 */
export async function unpackFrom(
  release: string,
  mirror: string,
  packages: readonly string[],
  directory: string,
  latest: Latest,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'portico-apt-'));
  try {
    for (const path of ['lists/partial', 'cache/archives/partial', 'debs']) {
      await mkdir(join(work, path), { recursive: true });
    }
    await writeFile(
      join(work, 'sources.list'),
      `deb [signed-by=${DEBIAN_KEYRING}] ${mirror} ${release} main\n`,
    );
    await writeFile(join(work, 'status'), '');
    const own = {
      'Dir::Etc::sourcelist': join(work, 'sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::Etc::preferencesparts': '-',
      'Dir::State::lists': join(work, 'lists'),
      'Dir::State::status': join(work, 'status'),
      'Dir::Cache': join(work, 'cache'),
      // The sandbox's user could not write into a directory that is ours.
      'APT::Sandbox::User': '',
      'APT::Get::List-Cleanup': 'false',
    };
    const options = Object.entries(own).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await execute('apt-get', [...options, '-q', 'update'], { env: QUIET, onLine: latest });
    await execute('apt-get', [...options, '-q', 'download', ...packages], {
      env: QUIET,
      cwd: join(work, 'debs'),
      onLine: latest,
    });
    const debs = await readdir(join(work, 'debs'));
    if (debs.length < packages.length) {
      throw new MachineError(`The mirror ${mirror} does not have ${packages.join(' and ')} of ${release}.`);
    }
    for (const deb of debs) await execute('dpkg-deb', ['-x', join(work, 'debs', deb), directory]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

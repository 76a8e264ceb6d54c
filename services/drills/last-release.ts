/** The last release beside this one: its portal image, built from its own tree, and parts of a cluster that run it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Compose, run } from '../cli/docker.ts';
import { execute } from '../cli/process.ts';
import { lastRelease } from '../migrate/last-release.ts';
import { PorticoError } from '../platform/errors.ts';
import type { Cluster } from './cluster.ts';

const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
const TAG = 'last-release';
const BUILD_DEADLINE_MS = 600_000;

/**
 * @param image the name of the portals' image, e.g. `portico-portal:latest`
 * @param env BASE_IMAGE and PORTICO_BUILD_CA, as for every build
 * @throws PorticoError 'not-found': this clone has not got the release's commit; the sentence says what to do
 */
export async function buildLastRelease(image: string, env = process.env): Promise<string> {
  const { version, commit } = lastRelease();
  const known = await execute('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: HOUSE, check: false });
  if (known.code !== 0)
    throw new PorticoError(
      'not-found',
      `The last release is ${version}, ${commit}, and it is not in this clone, so nothing was tried beside it: \`git fetch --unshallow\`, or clone the whole history.`,
    );
  const name = image.replace(/:[^:/]+$/, `:${TAG}`);
  const work = await mkdtemp(join(tmpdir(), 'portico-last-release-'));
  try {
    const archive = join(work, 'tree.tar');
    await execute('git', ['archive', '--output', archive, commit], { cwd: HOUSE });
    await execute('tar', ['--extract', '--file', archive, '--directory', work, '--exclude', './var']);
    await rm(archive);
    const ca = env.PORTICO_BUILD_CA || join(work, 'compose/no-extra-ca.pem');
    await run(
      [
        'build',
        ...['--file', join(work, 'compose/Dockerfile'), '--target', 'portal', '--tag', name],
        ...(env.BASE_IMAGE ? ['--build-arg', `BASE_IMAGE=${env.BASE_IMAGE}`] : []),
        ...['--secret', `id=extra_ca,src=${ca}`, work],
      ],
      { env: { DOCKER_BUILDKIT: '1' }, deadlineMs: BUILD_DEADLINE_MS },
    );
  } finally {
    await rm(work, { recursive: true });
  }
  return name;
}

/** These containers go, and come again from the last release; their siblings stay as they are. */
export async function runLastRelease(cluster: Cluster, parts: readonly string[]): Promise<void> {
  const { project, cwd, env } = cluster.compose;
  await remake(cluster, parts, new Compose(project, { cwd, env: { ...env, PORTICO_VERSION: TAG } }));
}

export async function runThisRelease(cluster: Cluster, parts: readonly string[]): Promise<void> {
  await remake(cluster, parts, cluster.compose);
}

async function remake(cluster: Cluster, parts: readonly string[], compose: Compose): Promise<void> {
  const there = await Promise.all(parts.map((name) => cluster.part(name)));
  const ids = there.map(({ id }) => id);
  await compose.stop(ids);
  await run(['rm', '--force', ...ids]);
  await compose.up([
    '--no-deps',
    '--no-build',
    '--no-recreate',
    ...new Set(there.map(({ service }) => service)),
  ]);
}

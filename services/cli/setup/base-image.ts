import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../docker.ts';
import { MachineError } from '../exit.ts';
import { which } from '../process.ts';
import { aptInstall, aptUpdate, debianMirror } from './apt.ts';
import { asRoot } from './root.ts';

/** What compose/Dockerfile builds from when nothing is said. */
export const STANDARD = 'debian:trixie-slim';
/** The one that is made here when no registry can be reached. */
export const OWN = 'portico-base:trixie';
const RELEASE = 'trixie';
/** A registry that does not answer in this time is taken for unreachable. */
const REGISTRY_PATIENCE_MS = 20_000;

export interface BaseImageFacts {
  /** BASE_IMAGE, set by the operator. */
  given: string | undefined;
  /** The images that are on this machine already. */
  hasStandard: boolean;
  hasOwn: boolean;
}

export type BaseImagePlan =
  | { use: string; reason: string }
  /** Nothing is here yet: fetch the standard one, or make our own where that cannot be done. */
  | { fetchOrMake: true; reason: string };

/** The pure decision. What is here is used, so that every later command and every build agrees with the first. */
export function planBaseImage({ given, hasStandard, hasOwn }: BaseImageFacts): BaseImagePlan {
  if (given) return { use: given, reason: `${given} (BASE_IMAGE)` };
  if (hasStandard) return { use: STANDARD, reason: `${STANDARD}, already here` };
  if (hasOwn) return { use: OWN, reason: `${OWN}, made here earlier` };
  return {
    fetchOrMake: true,
    reason: `${STANDARD} from the image registry; if there is none, one made from Debian’s packages`,
  };
}

export async function baseImageFacts(given: string | undefined): Promise<BaseImageFacts> {
  if (given) return { given, hasStandard: false, hasOwn: false };
  return { given, hasStandard: await isHere(STANDARD), hasOwn: await isHere(OWN) };
}

type Latest = (line: string) => void;

/** @returns whether the standard image is here now */
export async function fetchStandard(latest: Latest): Promise<boolean> {
  const quick = { check: false, deadlineMs: REGISTRY_PATIENCE_MS };
  // The client asks the registry itself; a mirror that only the daemon knows is found by the pull.
  const reachable = await run(['manifest', 'inspect', STANDARD], quick).then(
    ({ code }) => code === 0,
    () => false,
  );
  const pull = run(
    ['pull', STANDARD],
    reachable ? { check: false, deadlineMs: 900_000, onLine: latest } : quick,
  );
  return pull.then(
    ({ code }) => code === 0,
    () => false,
  );
}

/** As debian:trixie-slim, from the mirror that this machine's own apt uses. 26 s, 214 MB where it was measured. */
export async function makeOwn(latest: Latest, tag = OWN): Promise<void> {
  if (process.platform !== 'linux' || !which('apt-get')) {
    throw new MachineError(
      `No image registry can be reached, so ${STANDARD} cannot be fetched, and a base image can be made on Debian only. ` +
        `Load one (\`docker load\`), name it in BASE_IMAGE if it is called otherwise, and run this again.`,
    );
  }
  if (!which('debootstrap')) {
    await aptUpdate(latest);
    await aptInstall(['debootstrap'], latest);
  }
  const mirror = await debianMirror();
  if (mirror === undefined) {
    throw new MachineError(
      `No image registry can be reached, and this machine's apt uses no Debian mirror to make a base image from. ` +
        `Load ${STANDARD} (\`docker load\`), or name another Debian 13 image in BASE_IMAGE, and run this again.`,
    );
  }
  const work = await mkdtemp(join(tmpdir(), 'portico-base-'));
  try {
    const [tree, archive] = [join(work, 'tree'), join(work, 'tree.tar')];
    const debootstrap = which('debootstrap') ?? 'debootstrap';
    await asRoot(debootstrap, ['--variant=minbase', '--include=ca-certificates', RELEASE, tree, mirror], {
      onLine: latest,
      deadlineMs: 1_800_000,
    });
    latest('packing it');
    // The package files were installed from; as an image they are dead weight.
    const args = [
      '--create',
      '--file',
      archive,
      '--directory',
      tree,
      '--exclude=./var/cache/apt/archives/*.deb',
      '.',
    ];
    await asRoot('tar', args);
    await asRoot('chmod', ['0644', archive]);
    await run(['import', archive, tag], { deadlineMs: 300_000 });
  } finally {
    await asRoot('rm', ['-rf', work]);
  }
}

async function isHere(image: string): Promise<boolean> {
  return (await run(['image', 'inspect', image], { check: false, deadlineMs: 20_000 })).code === 0;
}

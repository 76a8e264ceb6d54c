/** Faults in what one container alone sees of its volumes: made from within its own mounts, so that no other part notices. A restart undoes them. */
import { run } from '../cli/docker.ts';

/** Runs a command among a running container's mounts, and among nothing else of it. */
async function inMountsOf(
  container: { id: string; image: string },
  command: readonly string[],
): Promise<void> {
  const pid = (await run(['inspect', '--format', '{{.State.Pid}}', container.id])).stdout.trim();
  // The last one: the volume is its owner's, and root without it is anybody.
  const may = ['SYS_ADMIN', 'SYS_PTRACE', 'SYS_CHROOT', 'DAC_READ_SEARCH'].flatMap((one) => [
    '--cap-add',
    one,
  ]);
  const helper = ['--cap-drop', 'ALL', ...may, '--security-opt', 'apparmor=unconfined', '--pid', 'host'];
  const quiet = ['--network', 'none', '--user', '0', '--entrypoint', 'nsenter'];
  await run(['run', '--rm', ...helper, ...quiet, container.image, '-t', pid, '-m', ...command]);
}

type Container = Parameters<typeof inMountsOf>[0];

/** The shared volume becomes read-only, as a file system does that has met an error, or writable again. */
export const remount = (container: Container, mode: 'ro' | 'rw'): Promise<void> =>
  inMountsOf(container, ['mount', '-o', `remount,bind,${mode}`, '/data']);

/** A directory of the shared volume is empty. */
export const hide = (container: Container, path: string): Promise<void> =>
  inMountsOf(container, ['mount', '-t', 'tmpfs', '-o', 'ro,size=4k', 'hidden', path]);

export const unhide = (container: Container, path: string): Promise<void> =>
  inMountsOf(container, ['umount', path]);

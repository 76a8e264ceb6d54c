/** A directory of this machine that a bench fills, and containers of it may read. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from '../../cli/process.ts';

export interface Workspace {
  /** What is made for this process alone. */
  own: string;
  /** Mounted into the containers of a bench. */
  shared: string;
  remove(): Promise<void>;
}

export async function openWorkspace(): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'portico-bench-'));
  const [own, shared] = [join(root, 'own'), join(root, 'shared')];
  await mkdir(own);
  await mkdir(shared);
  return { own, shared, remove: () => rm(root, { recursive: true, force: true }) };
}

/** Whatever umask this process has, and whoever a container runs as. */
export async function letRead(directory: string): Promise<void> {
  await execute('chmod', ['-R', 'a+rX', directory]);
}

import { constants } from 'node:fs';
import { access, chmod, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Found } from './plan.ts';
import { ADDED, SECRET_FILES, SECRETS, type SecretFile, type SecretName, type Volume } from './secrets.ts';

/** Where each volume is mounted. */
export type Roots = Record<Volume, string>;

const MAKING = 'making';
const BORN = 'born';

export async function look(roots: Roots): Promise<Found> {
  const files = new Set<SecretFile>();
  for (const file of SECRET_FILES) if (await exists(pathOf(roots, file))) files.add(file);
  const born = await exists(join(roots.state, BORN));
  const making = await exists(join(roots.state, MAKING));
  const marked = new Set<SecretName>();
  for (const name of ADDED) if (await exists(markOf(roots, name))) marked.add(name);
  const inData = (await readdir(roots.data)).filter((name) => !isOurs(name));
  return { mark: born ? 'born' : making ? 'making' : 'none', files, marked, volumeInUse: inData.length > 0 };
}

/**
 * Writes every secret into every one of its files. A crash at any point leaves either the `making` mark, and the
 * next run begins again, or the `born` mark with every file durable.
 */
export async function writeAll(
  roots: Roots,
  values: Record<SecretName, string>,
  /** Called before each step; a test throws in it, as a power cut would. */
  before: (step: string) => void = () => {},
): Promise<void> {
  before('mark');
  await writeDurably(join(roots.state, MAKING), `${new Date().toISOString()}\n`);
  await syncDirectory(roots.state);

  await write(roots, Object.keys(SECRETS) as SecretName[], values, before);
  await mark(roots, ADDED);

  before('born');
  await rename(join(roots.state, MAKING), join(roots.state, BORN));
  await syncDirectory(roots.state);
}

/** Makes what came later than the cluster. Marked afterwards: a crash in between leaves what the next run marks, or makes again. */
export async function addSecrets(
  roots: Roots,
  names: readonly SecretName[],
  values: Record<SecretName, string>,
): Promise<void> {
  await write(roots, names, values, () => {});
}

/** That these were made: from now on one that is missing was lost. */
export async function mark(roots: Roots, names: readonly SecretName[]): Promise<void> {
  for (const name of names) await writeDurably(markOf(roots, name), `${new Date().toISOString()}\n`);
  await syncDirectory(roots.state);
}

async function write(
  roots: Roots,
  names: readonly SecretName[],
  values: Record<SecretName, string>,
  before: (step: string) => void,
): Promise<void> {
  const targets = names.flatMap((name) =>
    SECRETS[name].map((file) => ({ path: pathOf(roots, file), value: values[name] })),
  );
  for (const { path, value } of targets) {
    before(`write ${path}`);
    await writeDurably(temporary(path), value);
  }
  for (const { path } of targets) {
    before(`rename ${path}`);
    await rename(temporary(path), path);
  }
  before('sync');
  for (const root of Object.values(roots)) await syncDirectory(root);
}

/** Copies what another consumer has; a crash leaves nothing that the next run does not find missing again. */
export async function addCopies(roots: Roots, files: readonly SecretFile[]): Promise<void> {
  for (const file of files) {
    const copies: readonly SecretFile[] = Object.values(SECRETS).find((all) =>
      (all as readonly SecretFile[]).includes(file),
    )!;
    const source = copies.find((one) => !files.includes(one))!;
    const path = pathOf(roots, file);
    await writeDurably(temporary(path), await readFile(pathOf(roots, source), 'utf8'));
    await rename(temporary(path), path);
    await syncDirectory(dirname(path));
  }
}

function pathOf(roots: Roots, file: SecretFile): string {
  const [volume, name] = file.split('/') as [Volume, string];
  return join(roots[volume], name);
}

const markOf = (roots: Roots, name: SecretName): string => join(roots.state, `made-${name}`);

function temporary(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp`);
}

/** On the shared volume: its id, the id's temporary file, and what a file system of its own puts there. */
function isOurs(name: string): boolean {
  return name === '.volume-id' || name === '..volume-id.tmp' || name === 'lost+found';
}

async function writeDurably(path: string, content: string): Promise<void> {
  // The file of an interrupted run is read-only by now, so it is replaced, not opened.
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o400);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(path, 0o400);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/**
 * The mark that a cluster was born, and under which UUID, on a small volume that outlives every node's data.
 * With it, an empty node never starts an empty cluster in place of the one that was there, and of two histories
 * it says which one is the cluster's.
 */
const DIRECTORY = '/run/portico/birth';

export function readBirth(directory = DIRECTORY): string | undefined {
  try {
    const mark: unknown = JSON.parse(readFileSync(`${directory}/born`, 'utf8'));
    if (typeof mark === 'object' && mark !== null && 'uuid' in mark && typeof mark.uuid === 'string')
      return mark.uuid;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`The mark ${directory}/born cannot be read`, { cause: error });
  }
  throw new Error(`The mark ${directory}/born names no UUID`);
}

export function writeBirth(uuid: string, node: string, directory = DIRECTORY): void {
  const temporary = `${directory}/.born.${node}`;
  const file = openSync(temporary, 'w', 0o640);
  writeSync(file, `${JSON.stringify({ uuid, by: node, at: new Date().toISOString() })}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, `${directory}/born`);
  const folder = openSync(directory, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

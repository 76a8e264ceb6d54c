import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Position } from './observation.ts';

/**
 * The node's data directory. It is a folder inside the volume, not the volume itself, so that it can be put in place
 * whole by one rename, and taken away whole by another.
 */
export const VOLUME = '/var/lib/mysql';
export const DATA = `${VOLUME}/data`;
/** Where the first data is made, before it becomes the node's data by a rename. */
export const NEW_DATA = `${VOLUME}/data.new`;
const TRASH = `${VOLUME}/data.trash`;
const UNTRUSTED = `${VOLUME}/untrusted`;

/** Clears what an interrupted start left behind. */
export function tidyVolume(): void {
  for (const path of [NEW_DATA, TRASH, `${VOLUME}/tmp`]) rmSync(path, { recursive: true, force: true });
  mkdirSync(`${VOLUME}/tmp`, { mode: 0o700 });
  mkdirSync(DATA, { recursive: true, mode: 0o700 });
}

/** `half`: a state transfer was interrupted; what lies there is of no use, and a donor has all that was there before. */
export function inspectData(): 'empty' | 'half' | 'untrusted' | 'present' {
  if (!existsSync(DATA) || readdirSync(DATA).length === 0) return 'empty';
  // A transfer of only what is missing (IST) leaves sst_in_progress behind as well, beside data that is whole; only a
  // full one makes .sst, and takes it away last. Killed before that, a joiner has files, but never was a database.
  const wasDatabase = existsSync(`${DATA}/mysql/global_priv.frm`) || existsSync(`${DATA}/portico`);
  if (existsSync(`${DATA}/.sst`) || !wasDatabase) return 'half';
  if (existsSync(UNTRUSTED)) return 'untrusted';
  return 'present';
}

export function discardData(): void {
  if (existsSync(DATA)) {
    rmSync(TRASH, { recursive: true, force: true });
    renameSync(DATA, TRASH);
    rmSync(TRASH, { recursive: true, force: true });
  }
  mkdirSync(DATA, { mode: 0o700 });
  rmSync(UNTRUSTED, { force: true });
}

/** Galera found this node to differ from the others: only a full copy of a peer's data puts that right. */
export function markUntrusted(): void {
  mkdirSync(UNTRUSTED, { recursive: true });
}

export function adoptNewData(): void {
  rmSync(DATA, { recursive: true, force: true });
  renameSync(NEW_DATA, DATA);
}

/**
 * grastate.dat's own opinion of who may start the cluster, overruled: after a crash it says no on every node, and
 * Galera then refuses to start one. The decision that was made from all three positions counts (recovery.ts).
 */
export function allowBootstrap(position: Position): void {
  const file = `${DATA}/grastate.dat`;
  const fields = ['version: 2.1', `uuid:    ${position.uuid}`, `seqno:   ${position.seqno}`];
  writeFileSync(`${file}.new`, `${['# GALERA saved state', ...fields, 'safe_to_bootstrap: 1'].join('\n')}\n`);
  renameSync(`${file}.new`, file);
}

import { join } from 'node:path';
import { PorticoError } from '../errors.ts';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const TOKEN = /^[1-9]\d{0,9}$/;
const NUMBER = /^[1-9]\d{0,9}$/;
const SHA256 = /^[0-9a-f]{64}$/;

export const isId = (value: string): boolean => ULID.test(value);
export const isSha256 = (value: string): boolean => SHA256.test(value);

/** The blob's path below `blobs/`, for the load balancer, which serves from there: `ab/cd/<sha256>`. */
export function blobPath(sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${checked(sha256, SHA256, 'hash')}`;
}

/**
 * Every path on the volume is made here and nowhere else. What goes into one is an id or a hash that matched its
 * pattern, so no name that a person chose can lead out of the volume.
 */
export interface VolumePaths {
  root: string;
  volumeId: string;
  blobs: string;
  media: string;
  uploads: string;
  generations: string;
  inbox: string;
  rejected: string;
  claims: string;
  events: string;
  trash: string;
  /** Blobs whose bytes are not those of their names. */
  quarantine: string;
  /** Files in the making. On the same file system as what they become, so that a rename is all it takes. */
  temporary: string;
  blob(sha256: string): string;
  blobDirectories(sha256: string): { outer: string; inner: string };
  uploadDirectory(id: string): string;
  /** The file of the holder with this fencing token. */
  uploadPart(id: string, token: number): { directory: string; file: string };
  manifest(n: number): string;
  /** That this epoch is current, and which generation it made so. */
  current(epoch: number): string;
  record(id: string): string;
  marker(id: string): string;
  claim(id: string): { directory: string; note: string; file: string };
  /** A file in the inbox, by the bytes of its name: a name need not be text. */
  inboxEntry(name: Buffer): Buffer;
  rejectedFile(name: string): { file: string; reason: string };
  temp(id: string): string;
}

export function volumePaths(root: string): VolumePaths {
  const at = (name: string) => join(root, name);
  const inbox = at('inbox');
  return {
    root,
    volumeId: at('.volume-id'),
    blobs: at('blobs'),
    media: at('media'),
    uploads: at('uploads'),
    generations: at('generations'),
    inbox,
    rejected: join(inbox, 'rejected'),
    // inside the inbox, because only there a rename is sure to stay on its file system
    claims: join(inbox, '.claimed'),
    events: at('events'),
    trash: at('trash'),
    quarantine: at('quarantine'),
    temporary: at('tmp'),
    blob: (sha256) => join(root, 'blobs', blobPath(sha256)),
    blobDirectories: (sha256) => ({
      outer: join(root, 'blobs', checked(sha256, SHA256, 'hash').slice(0, 2)),
      inner: join(root, 'blobs', sha256.slice(0, 2), sha256.slice(2, 4)),
    }),
    uploadDirectory: (id) => join(root, 'uploads', checked(id, ULID, 'id')),
    uploadPart(id, token) {
      const directory = join(root, 'uploads', checked(id, ULID, 'id'));
      return { directory, file: join(directory, `${checked(String(token), TOKEN, 'token')}.part`) };
    },
    manifest: (n) => join(root, 'generations', `${checked(String(n), NUMBER, 'number')}.json`),
    current: (epoch) => join(root, 'generations', `CURRENT.${checked(String(epoch), NUMBER, 'epoch')}`),
    record: (id) => join(root, 'media', `${checked(id, ULID, 'id')}.json`),
    marker: (id) => join(root, 'events', `${checked(id, ULID, 'id')}.ready`),
    claim(id) {
      const directory = join(inbox, '.claimed', checked(id, ULID, 'id'));
      return { directory, note: join(directory, 'claim.json'), file: join(directory, 'file') };
    },
    inboxEntry: (name) => Buffer.concat([Buffer.from(`${inbox}/`), plain(name)]),
    rejectedFile(name) {
      const file = join(inbox, 'rejected', plain(Buffer.from(name)).toString());
      return { file, reason: `${file}.reason.txt` };
    },
    temp: (id) => join(root, 'tmp', `${checked(id, ULID, 'id')}.part`),
  };
}

/** The directories that the volume must have; made when it is first seen to be the right one. */
export function volumeDirectories(paths: VolumePaths): string[] {
  return [
    paths.blobs,
    paths.media,
    paths.uploads,
    paths.generations,
    paths.inbox,
    paths.rejected,
    paths.claims,
    paths.events,
    paths.trash,
    paths.quarantine,
    paths.temporary,
  ];
}

/** A name that stays where it is put. */
function plain(name: Buffer): Buffer {
  if (
    name.length === 0 ||
    name.includes('/') ||
    name.includes(0) ||
    /^\.\.?$/.test(name.toString('latin1'))
  ) {
    throw new PorticoError('invalid', 'This is not the name of a file.');
  }
  return name;
}

function checked(value: string, pattern: RegExp, what: string): string {
  if (!pattern.test(value)) throw new PorticoError('not-found', `There is nothing with this ${what}.`);
  return value;
}

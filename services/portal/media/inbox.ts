import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { PorticoError } from '../../platform/errors.ts';
import { isErrno, unlessAbsent } from '../../platform/storage/atomic.ts';
import type { StagedBlob } from '../../platform/storage/blob-store.ts';
import { type InboxOptions, watchInbox } from '../../platform/storage/inbox.ts';
import { type Claim, rejectClaim, releaseClaim, renewClaim } from '../../platform/storage/inbox-claims.ts';
import { RECORD_VERSION, type Sidecar } from '../../platform/storage/records.ts';
import { tooLarge } from '../../platform/storage/staging.ts';
import { untilThere, type Volume } from '../../platform/storage/volume.ts';
import { detectType } from './media-type.ts';
import { cleanName } from './names.ts';
import { type MediaOptions, type MediaParts, mediaParts } from './service.ts';

/** Leaves room for `.reason.txt` and for the claim's id in front. */
const MAX_REJECTED_NAME = 200;

export interface Inbox {
  /** Ends after the file in hand. */
  close(): Promise<void>;
}

/** What is copied into `inbox/` by hand becomes media. */
export function startInbox(
  options: MediaOptions & Omit<InboxOptions, 'volume' | 'log'>,
  takeSpec?: TakeSpec,
): Inbox {
  const { volume, log } = options;
  const parts: InboxParts = { ...mediaParts(options), ...(takeSpec && { takeSpec }) };
  const stop = new AbortController();
  const watching = untilThere(volume, stop.signal).then(() =>
    watchInbox(options, (claim) => takeIn(parts, volume, claim)),
  );
  watching.catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, 'The inbox cannot be watched.');
  });
  return {
    async close() {
      stop.abort();
      const [end] = await Promise.allSettled([watching]);
      if (end.status === 'fulfilled') await end.value();
    },
  };
}

/**
 * An API's description becomes a draft instead. May be asked again for the same claim, also by another portal.
 * @returns false: it is none, and becomes media
 * @throws PorticoError 'invalid', 'spec-invalid', 'too-large': a sentence for who copied it
 */
export type TakeSpec = (file: {
  name: string;
  /** Of the claim: the same file is not taken twice. */
  operationId: string;
  head: Buffer;
  size: number;
  bytes: () => Promise<Buffer>;
}) => Promise<boolean>;

type InboxParts = MediaParts & { takeSpec?: TakeSpec };

/** Makes the claimed file an item, or rejects it. May be done again, by anybody, from the start. */
export async function takeIn(parts: InboxParts, volume: Volume, claim: Claim): Promise<void> {
  try {
    await copyIn(parts, volume, claim);
  } catch (error) {
    const reason = rejection(error);
    if (reason === undefined) throw error;
    const name = cleanName(claim.name.toString(), MAX_REJECTED_NAME);
    await rejectClaim(volume, claim, name, reason);
    parts.log.warn({ claim: claim.id, name }, `A file from the inbox was rejected: ${reason}`);
  }
}

async function copyIn(parts: InboxParts, volume: Volume, claim: Claim): Promise<void> {
  const stats = await unlessAbsent(lstat(claim.file));
  if (!stats) return releaseClaim(volume, claim); // whoever had it before finished it after all
  if (!stats.isFile())
    throw new PorticoError('invalid', notAFile(stats.isDirectory(), stats.isSymbolicLink()));
  if (!isText(claim.name))
    throw new PorticoError('invalid', 'Its name is not UTF-8 text. Rename it and copy it again.');
  if (stats.size > parts.maxUploadBytes) throw tooLarge(parts.maxUploadBytes);
  if ((await copyOpened(parts, claim)) === 'kept') return releaseClaim(volume, claim);
  const renewed = await renewClaim(volume, claim);
  if (renewed) await takeIn(parts, volume, renewed);
}

async function copyOpened(parts: InboxParts, claim: Claim): Promise<'kept' | 'renew'> {
  const handle = await open(claim.file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const before = await handle.stat();
    const content = handle.createReadStream({ start: 0, autoClose: false });
    const staged = await parts.blobs.stage(content, { maxBytes: parts.maxUploadBytes });
    parts.onStep?.('staged');
    try {
      await requireUnchanged(handle, staged.size, before.mtimeMs);
      const { takeSpec } = parts;
      const file = {
        name: cleanName(claim.name.toString()),
        operationId: claim.operationId,
        head: staged.head,
        size: staged.size,
        bytes: () => buffer(handle.createReadStream({ start: 0, autoClose: false })),
      };
      const outcome = (await takeSpec?.(file)) ? 'kept' : await keepOrRenew(parts, claim, staged);
      // What is written to it from now on would be lost with the file.
      await requireUnchanged(handle, staged.size, before.mtimeMs);
      return outcome;
    } finally {
      await staged.discard();
    }
  } finally {
    await handle.close();
  }
}

async function requireUnchanged(handle: FileHandle, size: number, mtimeMs: number): Promise<void> {
  const now = await handle.stat();
  if (now.size === size && now.mtimeMs === mtimeMs) return;
  throw new PorticoError('conflict', 'The file changed while it was copied.');
}

/** Keeps the copy as the claim's item, unless the claim's id was used up by something else: then under a new one. */
async function keepOrRenew(parts: MediaParts, claim: Claim, staged: StagedBlob): Promise<'kept' | 'renew'> {
  const found = await parts.sidecars.read(claim.id);
  if (found.state === 'tombstone') {
    const { reason, sha256 } = found.tombstone;
    return reason === 'deleted' && sha256 === staged.sha256 ? 'kept' : 'renew';
  }
  if (found.state === 'damaged') return 'renew';
  if (found.state === 'media') {
    if (found.sidecar.sha256 !== staged.sha256) return 'renew';
    if (found.sidecar.refusedAt)
      return (await parts.writePath.settle(found.sidecar)) === 'kept' ? 'kept' : 'renew';
  }
  await parts.writePath.keep(staged, await sidecarFor(claim, staged));
  return 'kept';
}

async function sidecarFor(claim: Claim, staged: StagedBlob): Promise<Sidecar> {
  const name = cleanName(claim.name.toString());
  return {
    v: RECORD_VERSION,
    kind: 'media',
    id: claim.id,
    operationId: claim.operationId,
    name,
    mediaType: await detectType(staged.head, name),
    size: staged.size,
    sha256: staged.sha256,
    visibility: 'public',
    createdBy: 'inbox',
    createdAt: claim.claimedAt.toISOString(),
  };
}

/** A sentence for who copied the file, or undefined when it is not the file's fault. */
function rejection(error: unknown): string | undefined {
  if (
    error instanceof PorticoError &&
    ['empty-file', 'too-large', 'invalid', 'spec-invalid'].includes(error.code)
  )
    return error.message;
  if (isErrno(error, 'EACCES', 'EPERM'))
    return 'The portal may not read it. Give it read permission and copy it again.';
  return undefined;
}

function notAFile(directory: boolean, link: boolean): string {
  if (directory) return 'It is a directory. Copy its files one by one.';
  if (link) return 'It is a symbolic link. Copy the file that it leads to.';
  return 'It is not a file.';
}

function isText(name: Buffer): boolean {
  return Buffer.from(name.toString()).equals(name);
}

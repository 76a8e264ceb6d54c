import { lstat, mkdir, readdir, readFile, rename, rm, utimes } from 'node:fs/promises';
import { ulid } from 'ulid';
import { z } from 'zod';
import { isErrno, syncDirectory, unlessAbsent, writeSynced } from './atomic.ts';
import { isId } from './paths.ts';
import { ageOf, type Volume } from './volume.ts';

/**
 * One portal's hold on a file from the inbox. The rename into the claim's own directory decides who has it; the
 * claim's id becomes the item's id and its operation id the row's, so when its holder dies anybody may do the work
 * again, from the start, and two who do it at once still make one item.
 */
export interface Claim {
  id: string;
  operationId: string;
  /** The file's name in the inbox, in bytes. */
  name: Buffer;
  claimedAt: Date;
  /** Where the file lies now. */
  file: string;
}

const note = z.object({
  v: z.number(),
  operationId: z.string().refine(isId),
  /** Base64, because a name need not be text. */
  name: z.base64(),
  claimedAt: z.iso.datetime(),
});

/** @returns undefined when somebody else was faster */
export async function claimEntry(volume: Volume, name: Buffer): Promise<Claim | undefined> {
  return takeFrom(volume, volume.paths.inboxEntry(name), name);
}

/** Gives the file a new claim, and so a new id: its old id was used up. */
export async function renewClaim(volume: Volume, claim: Claim): Promise<Claim | undefined> {
  const renewed = await takeFrom(volume, Buffer.from(claim.file), claim.name);
  await releaseClaim(volume, claim);
  return renewed;
}

async function takeFrom(volume: Volume, from: Buffer, name: Buffer): Promise<Claim | undefined> {
  const id = ulid();
  const operationId = ulid();
  const claimedAt = new Date();
  const { directory, note, file } = volume.paths.claim(id);
  await mkdir(directory, { mode: 0o750 });
  try {
    const text = { v: 1, operationId, name: name.toString('base64'), claimedAt: claimedAt.toISOString() };
    await writeSynced(note, JSON.stringify(text));
    await syncDirectory(volume.paths.claims);
    await rename(from, file);
    await syncDirectory(directory);
    await syncDirectory(volume.paths.inbox);
  } catch (error) {
    if ((await unlessAbsent(lstat(file))) === undefined)
      await rm(directory, { recursive: true, force: true });
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  return { id, operationId, name, claimedAt, file };
}

/** The claim and whatever is left in it. */
export async function releaseClaim(volume: Volume, claim: Claim): Promise<void> {
  await rm(volume.paths.claim(claim.id).directory, { recursive: true, force: true });
  await syncDirectory(volume.paths.claims);
}

/** Says that the claim's holder lives, by the volume's clock. */
export async function beat(volume: Volume, claim: Claim): Promise<void> {
  const now = new Date(await volume.now());
  await unlessAbsent(utimes(volume.paths.claim(claim.id).note, now, now));
}

/** Claims whose holder has shown no life for so long. Taking up one whose holder lives is wasted work, not harm. */
export async function* abandonedClaims(volume: Volume, afterMs: number): AsyncGenerator<Claim> {
  const ids = (await readdir(volume.paths.claims)).filter(isId);
  if (ids.length === 0) return; // the volume's clock costs a file
  const now = await volume.now();
  for (const id of ids) {
    const place = volume.paths.claim(id);
    const age = (await ageOf(place.note, now)) ?? (await ageOf(place.directory, now));
    if (age === undefined || age < afterMs) continue;
    const claim = await readClaim(volume, id);
    if ((await unlessAbsent(lstat(place.file))) === undefined) await releaseClaim(volume, claim);
    else yield claim;
  }
}

async function readClaim(volume: Volume, id: string): Promise<Claim> {
  const place = volume.paths.claim(id);
  const parsed = parseNote(await unlessAbsent(readFile(place.note, 'utf8')));
  return {
    id,
    operationId: parsed?.operationId ?? ulid(),
    name: parsed ? Buffer.from(parsed.name, 'base64') : Buffer.from('file'),
    claimedAt: parsed ? new Date(parsed.claimedAt) : new Date(),
    file: place.file,
  };
}

/** A note that cannot be read costs the file its name, and not its place in the library. */
function parseNote(text: string | undefined): z.infer<typeof note> | undefined {
  try {
    return note.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/**
 * Moves the claimed file to `rejected/`, with the reason beside it. The reason is written first and only where there
 * is none: so a file never lacks one, and of two files with one name neither takes the other's place.
 */
export async function rejectClaim(volume: Volume, claim: Claim, name: string, reason: string): Promise<void> {
  const wanted = volume.paths.rejectedFile(name);
  const target = (await writeOnce(wanted, reason))
    ? wanted
    : volume.paths.rejectedFile(`${claim.id}-${name}`);
  if (target !== wanted) await writeOnce(target, reason);
  await unlessAbsent(rename(claim.file, target.file));
  await syncDirectory(volume.paths.rejected);
  await releaseClaim(volume, claim);
}

/** @returns false when the name is taken */
async function writeOnce(target: { file: string; reason: string }, reason: string): Promise<boolean> {
  if ((await unlessAbsent(lstat(target.file))) !== undefined) return false;
  try {
    await writeSynced(target.reason, `${reason}\n`);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

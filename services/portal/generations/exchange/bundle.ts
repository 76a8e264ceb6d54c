/**
 * A generation as one file: a tar of `manifest.json`, `signature.json` and `blobs/<sha256>` each, in this order. The manifest names
 * every blob by its hash, so the signature of the manifest is one of everything; and it comes first, so nothing of a file that
 * nobody trusts is ever stored.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { PorticoError } from '../../../platform/errors.ts';
import type { BlobStore, StagedBlob } from '../../../platform/storage/blob-store.ts';
import { COMPILED_VERSION } from '../../../specs/compiled.ts';
import { blobsOf, type Manifest, type NamedBlob, parseManifest } from '../manifest.ts';
import { fingerprintOf, isSignedBy, type SigningKey } from './keys.ts';
import {
  MAX_ENTRY,
  readTar,
  TAR_END_LENGTH,
  type TarEntry,
  tarEnd,
  tarHeader,
  tarLength,
  tarPadding,
} from './tar.ts';

const MANIFEST = 'manifest.json';
const SIGNATURE = 'signature.json';
/** Thousands of versions with long changelogs. It is held in memory. */
const MAX_MANIFEST = 32 * 2 ** 20;
const MAX_SIGNATURE = 4096;

const signature = z.object({
  v: z.literal(1),
  publicKey: z.string(),
  manifestSha256: z.string(),
  signature: z.string(),
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export interface Bundle {
  /** Bytes of the whole file. */
  size: number;
  /** @throws PorticoError 'blob-lost' in the middle, when a blob turns out to be damaged: what was sent by then is no whole file */
  chunks(): AsyncGenerator<Buffer>;
}

/** @param text of the manifest, as it lies on the volume */
export function bundleOf(text: string, key: SigningKey, open: (sha256: string) => Readable): Bundle {
  const manifest = parseManifest(text);
  const content = Buffer.from(text);
  const signed = Buffer.from(
    `${JSON.stringify({ v: 1, publicKey: key.publicKey, manifestSha256: sha256(content), signature: key.sign(content) })}\n`,
  );
  const blobs = blobsOf(manifest);
  // The same generation is the same file, byte for byte.
  const made = new Date(manifest.createdAt);
  return {
    size: [content.length, signed.length, ...blobs.map(({ size }) => size)].reduce(
      (sum, size) => sum + tarLength(size),
      TAR_END_LENGTH,
    ),
    async *chunks() {
      for (const [name, bytes] of [
        [MANIFEST, content],
        [SIGNATURE, signed],
      ] as const)
        yield Buffer.concat([tarHeader(name, bytes.length, made), bytes, tarPadding(bytes.length)]);
      for (const blob of blobs) {
        yield tarHeader(`blobs/${blob.sha256}`, blob.size, made);
        yield* proven(blob, open(blob.sha256));
        yield tarPadding(blob.size);
      }
      yield tarEnd();
    },
  };
}

async function* proven(blob: NamedBlob, content: Readable): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
    if (size <= blob.size) yield chunk;
  }
  if (size !== blob.size || hash.digest('hex') !== blob.sha256)
    throw new PorticoError('blob-lost', `The blob ${short(blob.sha256)} is damaged: it cannot be exported.`);
}

export interface Unbundled {
  manifest: Manifest;
  manifestSha256: string;
  /** Under what name its key is trusted. */
  signer: string;
  fingerprint: string;
  /** Verified, and not yet visible to anybody. */
  blobs: StagedBlob[];
}

export interface UnbundleParts {
  blobs: Pick<BlobStore, 'stage'>;
  /** @returns the name under which a key is trusted, if it is */
  trusted: (fingerprint: string) => Promise<string | undefined>;
}

/**
 * Reads a whole file, and believes nothing in it. Memory stays flat but for the manifest.
 * @throws PorticoError 'bundle-invalid', 'untrusted', 'insufficient-storage', …; nothing of it is left on the volume then
 */
export async function unbundle(source: AsyncIterable<Buffer>, parts: UnbundleParts): Promise<Unbundled> {
  const entries = readTar(source);
  const text = await whole(await next(entries, MANIFEST), MAX_MANIFEST);
  const { signer, fingerprint } = await verify(
    text,
    await whole(await next(entries, SIGNATURE), MAX_SIGNATURE),
    parts,
  );
  const manifest = readManifest(text);
  const staged: StagedBlob[] = [];
  try {
    await takeBlobs(entries, blobsOf(manifest), parts, staged);
  } catch (error) {
    await Promise.allSettled(staged.map((one) => one.discard()));
    throw error;
  }
  return { manifest, manifestSha256: sha256(text), signer, fingerprint, blobs: staged };
}

async function next(entries: AsyncGenerator<TarEntry>, name: string): Promise<TarEntry> {
  const { value, done } = await entries.next();
  if (!done && value.name === name) return value;
  throw refused(`The file is not an export of Portico: ${name} is not where it should be.`);
}

async function whole({ name, size, content }: TarEntry, most: number): Promise<Buffer> {
  if (size > most) throw refused(`${name} in the file is larger than ${most} bytes.`);
  return Buffer.concat(await content.toArray());
}

async function verify(text: Buffer, signed: Buffer, { trusted }: UnbundleParts) {
  const said = readSignature(signed);
  const fingerprint = fingerprintOf(said.publicKey);
  const signer = await trusted(fingerprint);
  if (signer === undefined)
    throw new PorticoError(
      'untrusted',
      `The file is signed with the key ${fingerprint}, which is not trusted here. If it is the one that \`npx portico generations key\` prints on the other cluster, an administrator can trust it: \`npx portico generations trust <name> <public key>\`.`,
    );
  if (said.manifestSha256 !== sha256(text))
    throw refused('The manifest in the file is not the one that was signed.');
  if (!isSignedBy(said.publicKey, text, said.signature))
    throw refused(`The signature in the file is not one of the key ${fingerprint} (${signer}).`);
  return { signer, fingerprint };
}

function readSignature(signed: Buffer): z.infer<typeof signature> {
  try {
    return signature.parse(JSON.parse(signed.toString()));
  } catch (cause) {
    throw refused('The signature in the file cannot be read.', cause);
  }
}

function readManifest(text: Buffer): Manifest {
  let manifest: Manifest;
  try {
    manifest = parseManifest(text.toString());
  } catch (cause) {
    throw refused(`${(cause as Error).message} A newer release of Portico may have made it.`, cause);
  }
  const compiled = manifest.apis.flatMap(({ versions }) => versions.map((version) => version.compiled.v));
  if (compiled.some((v) => v > COMPILED_VERSION))
    throw refused('A newer release of Portico made this export. Update this cluster first.');
  return manifest;
}

async function takeBlobs(
  entries: AsyncGenerator<TarEntry>,
  named: readonly NamedBlob[],
  { blobs }: UnbundleParts,
  staged: StagedBlob[],
): Promise<void> {
  const wanted = new Map(named.map((blob) => [`blobs/${blob.sha256}`, blob]));
  const seen = new Set<string>();
  for await (const { name, size, content } of entries) {
    const blob = wanted.get(name);
    if (blob === undefined)
      throw refused(`There is “${name.slice(0, 100)}” in the file, which its manifest does not name.`);
    if (seen.has(name)) throw refused(`The blob ${short(blob.sha256)} is in the file twice.`);
    seen.add(name);
    if (size !== blob.size || size > MAX_ENTRY)
      throw refused(
        `The blob ${short(blob.sha256)} has ${size} bytes in the file, and ${blob.size} in its manifest.`,
      );
    const one = await blobs.stage(content, { maxBytes: size });
    staged.push(one);
    if (one.sha256 !== blob.sha256)
      throw refused(`The blob ${short(blob.sha256)} in the file is damaged: its bytes have another hash.`);
  }
  const missing = wanted.size - seen.size;
  if (missing > 0)
    throw refused(
      `${missing === 1 ? 'A blob that its manifest names is' : `${missing} blobs that its manifest names are`} not in the file.`,
    );
}

const short = (hash: string): string => `${hash.slice(0, 12)}…`;
const refused = (sentence: string, cause?: unknown) =>
  new PorticoError('bundle-invalid', sentence, { cause });

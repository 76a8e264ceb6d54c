/** Keys, and files that are exported and tampered with, for tests. */
import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Volume } from '../../../platform/storage/volume.ts';
import { createVolumeBlobStore } from '../../../platform/storage/volume-blob-store.ts';
import { type Manifest, manifestText } from '../manifest.ts';
import { bundleOf } from './bundle.ts';
import { type SigningKey, signingKey } from './keys.ts';

export const testKeyPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const testKey = (): SigningKey => signingKey(testKeyPem());

export async function exported(volume: Volume, manifest: Manifest, key: SigningKey): Promise<Buffer> {
  const { open } = createVolumeBlobStore(volume);
  return buffer(Readable.from(bundleOf(manifestText(manifest), key, open).chunks()));
}

/** In pieces that fit nothing. */
export async function* pieces(file: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
}

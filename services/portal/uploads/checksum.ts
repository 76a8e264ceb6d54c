import { createHash, type Hash } from 'node:crypto';
import { PorticoError } from '../../platform/errors.ts';

/** tus's checksum extension: https://tus.io/protocols/resumable-upload#checksum */
export const ALGORITHMS = ['sha1', 'sha256'];

export interface Checksum {
  algorithm: string;
  digest: Buffer;
}

/** @param header `sha1 <base64>` @throws PorticoError 'invalid' */
export function parseChecksum(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const [, algorithm = '', base64 = ''] = /^([a-z0-9]+) ([A-Za-z0-9+/]+={0,2})$/.exec(header) ?? [];
  const digest = Buffer.from(base64, 'base64');
  if (ALGORITHMS.includes(algorithm) && digest.length === createHash(algorithm).digest().length)
    return { algorithm, digest };
  throw new PorticoError(
    'invalid',
    `Upload-Checksum is one of ${ALGORITHMS.join(', ')}, a space, and the digest in Base64.`,
  );
}

/** Follows the bytes of one request. */
export class ChecksumCheck {
  private readonly wanted: Checksum;
  private readonly hash: Hash;

  constructor(wanted: Checksum) {
    this.wanted = wanted;
    this.hash = createHash(wanted.algorithm);
  }

  add(chunk: Buffer): void {
    this.hash.update(chunk);
  }

  /** @throws PorticoError 'checksum-mismatch' */
  verify(): void {
    if (this.hash.digest().equals(this.wanted.digest)) return;
    throw new PorticoError(
      'checksum-mismatch',
      'The bytes that arrived are not those of the checksum. None of them was kept; send them again.',
    );
  }
}

/** Ed25519 keys of clusters: this one's signs what it exports, others' are trusted by name. Pure. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { PorticoError } from '../../../platform/errors.ts';

/** `ed25519:` and the 32 bytes of the key in base64url: one word, for a terminal and a form. */
const PUBLIC_KEY = /^ed25519:([A-Za-z0-9_-]{43})$/;
/** What is signed is this and the manifest, so that no signature that the key ever makes for something else fits. */
const CONTEXT = Buffer.from('portico generation 1\n');

export interface SigningKey {
  publicKey: string;
  fingerprint: string;
  /** @returns base64url */
  sign(manifest: Buffer): string;
}

/** @param pem PKCS#8, as init made it @throws PorticoError 'internal': not an Ed25519 key */
export function signingKey(pem: string): SigningKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new PorticoError('internal', 'The secret signing-key is not a private key.', { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new PorticoError('internal', 'The secret signing-key is not an Ed25519 key.');
  const publicKey = `ed25519:${createPublicKey(key).export({ format: 'jwk' }).x}`;
  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sign: (manifest) => signBytes(null, Buffer.concat([CONTEXT, manifest]), key).toString('base64url'),
  };
}

/** As ssh-keygen says it, for two people to compare. @throws PorticoError 'invalid' */
export function fingerprintOf(publicKey: string): string {
  const raw = Buffer.from(pointOf(publicKey), 'base64url');
  return `SHA256:${createHash('sha256').update(raw).digest('base64').replace(/=+$/, '')}`;
}

/** @throws PorticoError 'invalid': `publicKey` is none */
export function isSignedBy(publicKey: string, manifest: Buffer, signature: string): boolean {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: pointOf(publicKey) },
    format: 'jwk',
  });
  return verifyBytes(null, Buffer.concat([CONTEXT, manifest]), key, Buffer.from(signature, 'base64url'));
}

function pointOf(publicKey: string): string {
  const point = PUBLIC_KEY.exec(publicKey)?.[1];
  if (point !== undefined) return point;
  throw new PorticoError(
    'invalid',
    'A public key is one word: “ed25519:” and 43 letters and digits, as `npx portico generations key` prints it.',
    { fields: { publicKey: 'ed25519: and 43 letters, digits, - or _' } },
  );
}

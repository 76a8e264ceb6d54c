import { generateKeyPairSync, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { makeCertificate } from './certificate.ts';

/** The volumes that init sees, each mounted into one kind of container alone. `state` is seen by init only. */
export const VOLUMES = ['state', 'portal', 'agent', 'migrate', 'db', 'lb', 'data'] as const;
export type Volume = (typeof VOLUMES)[number];

/** Consumers that came after the first release: a cluster that was born before has no copies for them yet. */
export const LATER: readonly Volume[] = ['agent'];

/** One file of one volume, as `volume/name`. */
export type SecretFile = `${Volume}/${string}`;

/**
 * Which consumer sees which secret, and nothing more: the portals never learn the migrator's password, the load
 * balancer none of the database's. `.volume-id` is no secret; it marks the shared volume as this cluster's.
 */
export const SECRETS = {
  'app-password': ['portal/app-password', 'agent/app-password', 'db/app-password'],
  'migrate-password': ['migrate/migrate-password', 'db/migrate-password'],
  'admin-password': ['migrate/admin-password'],
  'session-secret': ['portal/session-secret'],
  'edge-secret': ['portal/edge-secret', 'lb/edge-secret'],
  'volume-id': ['portal/volume-id', 'agent/volume-id', 'migrate/volume-id', 'data/.volume-id'],
  // Ed25519, PKCS#8 in PEM: with it the portals sign the generations that they export.
  'signing-key': ['portal/signing-key'],
  'tls.key': ['lb/tls.key'],
  'tls.crt': ['lb/tls.crt'],
} as const satisfies Record<string, readonly SecretFile[]>;

export type SecretName = keyof typeof SECRETS;

/**
 * Secrets that came after the first release, and that no existing data hangs on before they are made. Each has a mark of its
 * own in the volume `state`, so that one that was never made is told from one that was lost.
 */
export const ADDED: readonly SecretName[] = ['signing-key'];

export const SECRET_FILES: readonly SecretFile[] = Object.values(SECRETS).flat();

export interface Settings {
  /** The first administrator's password, if the operator chose one. */
  adminPassword: string | undefined;
  /** A name beside localhost for which the certificate is good. */
  hostname: string | undefined;
}

/** Every secret, new: the value to write into each of its files. */
export async function makeSecrets(settings: Settings, now: Date): Promise<Record<SecretName, string>> {
  const certificate = await makeCertificate(settings.hostname, now);
  return {
    'app-password': hex(32),
    'migrate-password': hex(32),
    'admin-password': settings.adminPassword ?? readablePassword(),
    'session-secret': hex(32),
    'edge-secret': hex(32),
    'volume-id': randomUUID(),
    'signing-key': generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
    'tls.key': certificate.key,
    'tls.crt': certificate.certificate,
  };
}

/** Hex survives every quoting: SQL, nginx, shells. */
function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** Letters and digits that nobody mistakes for another: 24 of 31 are 118 bits. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';

/** For a person to read off a screen and type: four groups of six. */
export function readablePassword(): string {
  const group = () => Array.from({ length: 6 }, () => READABLE[randomInt(READABLE.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

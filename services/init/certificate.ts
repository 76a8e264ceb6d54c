import { isIP } from 'node:net';
import { generate } from 'selfsigned';

/** Ten years: nothing renews it, and whoever is asked to trust it has looked at it by hand. */
const VALID_YEARS = 10;

/**
 * A certificate of the cluster's own, for localhost and for `hostname` (a DNS name or an address) if there is one.
 * An operator who has a real certificate mounts it over /run/portico/secrets/tls.crt and tls.key of the load balancer.
 */
export async function makeCertificate(
  hostname: string | undefined,
  now: Date,
): Promise<{ certificate: string; key: string }> {
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALID_YEARS);
  const names = ['localhost', '127.0.0.1', '::1', ...(hostname ? [hostname] : [])];
  const made = await generate([{ name: 'commonName', value: hostname ?? 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // A machine whose clock is a little behind the one that made it must not refuse it.
    notBeforeDate: new Date(now.getTime() - 24 * 60 * 60 * 1000),
    notAfterDate: notAfter,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

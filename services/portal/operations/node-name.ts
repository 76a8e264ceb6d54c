import { Resolver } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';

/** `portico-portal-2.portico_dmz` → `portal-2`: Docker's reverse DNS names the project, the service and its number. */
export function shortName(dnsName: string): string | undefined {
  const [container = ''] = dnsName.split('.');
  return /^(?:.+[-_])?([a-z][a-z0-9]*)[-_](\d+)$/i.exec(container)?.slice(1, 3).join('-');
}

/**
 * What reverse DNS calls this IPv4 address, e.g. `portal-1`; undefined when it knows no such name. Asked as a plain
 * PTR query: the look-ups for host names answer from /etc/hosts, or drop what Docker says.
 */
export async function nameOfAddress(address: string): Promise<string | undefined> {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  const question = `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const names = await resolver.resolvePtr(question).catch(() => []);
  return names.map(shortName).find((name) => name !== undefined);
}

/** This portal's name: reverse DNS of its own address, else the container's hostname. */
export async function ownName(): Promise<string> {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal && entry.family === 'IPv4')
    .map((entry) => entry.address);
  const names = await Promise.all(addresses.map(nameOfAddress));
  return names.find((name) => name !== undefined) ?? hostname();
}

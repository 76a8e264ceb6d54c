import { reverse } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';

/** `portico-portal-2.portico_dmz` → `portal-2`: Docker's reverse DNS names the project, the service and its number. */
export function shortName(dnsName: string): string | undefined {
  return /^(?:.+[-_])?([a-z][a-z0-9]*)[-_](\d+)(?:\.|$)/i.exec(dnsName)?.slice(1, 3).join('-');
}

/** Docker answers at once or not at all. */
const DEADLINE_MS = 2_000;

/** What reverse DNS calls this address, e.g. `portal-1`; undefined when it knows no such name. */
export async function nameOfAddress(address: string): Promise<string | undefined> {
  const late = new Promise<string[]>((resolve) => setTimeout(resolve, DEADLINE_MS, []).unref());
  const names = await Promise.race([reverse(address).catch(() => []), late]);
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

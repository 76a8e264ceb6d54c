import type { Cluster } from '../cluster.ts';

/** Requests that the load balancer has answered without asking a portal, since it started. */
export async function cachedCount(cluster: Cluster): Promise<number> {
  const told = await cluster.exec('lb', ['bash', '/etc/portico/status.sh']);
  const { traffic } = JSON.parse(told) as { traffic: { cached: number } };
  return traffic.cached;
}

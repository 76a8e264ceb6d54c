import type { RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { type Cluster, DATABASES, readyByItself, shortName } from './cluster.ts';
import { ask } from './http.ts';

/**
 * The first thing that keeps the cluster from being whole, as a sentence; undefined when nothing does.
 * @param sticky one client is kept on one portal, so that not every portal can be seen through the load balancer
 */
export async function whatIsMissing(cluster: Cluster, sticky = false): Promise<string | undefined> {
  const parts = await cluster.parts();
  const down = parts.filter((one) => one.state !== 'running');
  if (down.length > 0) return down.map((one) => `${shortName(one)} is ${one.state}`).join(', ');

  const portals = parts.filter((one) => one.service === 'portal');
  for (const portal of portals) {
    const answer = await readyByItself(portal.addresses.dmz ?? '').catch((error: Error) => error.message);
    if (answer !== true) return `${shortName(portal)} is not ready: ${answer}`;
  }
  const roles = await Promise.all(
    parts.filter((one) => one.service === 'agent').map((one) => agentRole(one.addresses.internal ?? '')),
  );
  if (!roles.includes('primary') || roles.some((role) => !['primary', 'secondary'].includes(role)))
    return `the agents are ${roles.join(', ') || 'not there'}`;
  const nodes = await Promise.all(
    DATABASES.map(async (name) => {
      const host = parts.find((one) => one.service === name)?.addresses.internal;
      if (host === undefined) return `${name} is not there`;
      return galeraState(cluster, host).catch((error: Error) => error.message);
    }),
  );
  const away = nodes.findIndex(
    (node) => typeof node === 'string' || node.state !== 'Synced' || node.size !== '3',
  );
  if (away >= 0) return `${DATABASES[away]}: ${JSON.stringify(nodes[away])}`;
  const uuids = new Set(nodes.map((node) => (typeof node === 'string' ? node : node.uuid)));
  if (uuids.size !== 1) return `the database nodes are of different clusters: ${[...uuids].join(', ')}`;

  for (const balancer of await cluster.balancers()) {
    const missing = await balancerMisses(cluster, balancer, sticky ? 1 : portals.length);
    if (missing) return missing;
  }
  return undefined;
}

/** `primary`, `secondary`, `candidate`, or why it does not say. @param host the agent's address */
export async function agentRole(host: string): Promise<string> {
  try {
    const answer = await fetch(`http://${host}:8000/-/ready`, { signal: AbortSignal.timeout(2_000) });
    return ((await answer.json()) as { role: string }).role;
  } catch (error) {
    return `silent (${(error as Error).message})`;
  }
}

export interface GaleraState {
  uuid: string;
  state: string;
  status: string;
  size: string;
  /** Grows with every change of the membership, so that a node that left and came back has left a trace. */
  view: string;
  /** Write sets that began at this node since it started: the node whose count grows is the writer. */
  replicated: number;
}

/** Asked of the node itself, not of anything of ours. @param host its address now */
export async function galeraState(cluster: Cluster, host: string): Promise<GaleraState> {
  const connection = await createConnection({
    host,
    user: 'portico_app',
    password: await cluster.secret('portal', 'app-password'),
    database: 'portico',
    connectTimeout: 2_000,
  });
  try {
    const [rows] = await connection.query<RowDataPacket[]>({
      sql: "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_state_uuid', 'wsrep_local_state_comment', 'wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_cluster_conf_id', 'wsrep_replicated')",
      timeout: 2_000,
    });
    const value = (variable: string) =>
      String(rows.find((row) => row.Variable_name === variable)?.Value ?? '');
    return {
      uuid: value('wsrep_cluster_state_uuid'),
      state: value('wsrep_local_state_comment'),
      status: value('wsrep_cluster_status'),
      size: value('wsrep_cluster_size'),
      view: value('wsrep_cluster_conf_id'),
      replicated: Number(value('wsrep_replicated')),
    };
  } finally {
    connection.destroy();
  }
}

/** Asks through a load balancer until each portal has answered, or each had ample opportunity. */
async function balancerMisses(
  cluster: Cluster,
  balancer: string,
  portals: number,
): Promise<string | undefined> {
  const base = await cluster.baseUrl(8443, balancer);
  const ca = await cluster.secret('lb', 'tls.crt');
  const seen = new Set<string>();
  for (let i = 0; i < portals * 8 && seen.size < portals; i++) {
    const answer = await ask(`${base}/-/ready`, { ca, deadlineMs: 3_000 });
    if (answer.status !== 200) return `${balancer} answers ${answer.status}`;
    if (answer.node) seen.add(answer.node);
  }
  return seen.size >= portals ? undefined : `${balancer} reaches only ${[...seen].join(', ') || 'no portal'}`;
}

/** The write sets that began at each node; a node that does not answer is left out. */
export async function writesTaken(cluster: Cluster): Promise<Record<string, number>> {
  const taken: Record<string, number> = {};
  for (const one of await cluster.parts()) {
    if (!one.service.startsWith('db-') || !one.addresses.internal) continue;
    const state = await galeraState(cluster, one.addresses.internal).catch(() => undefined);
    if (state) taken[one.service] = state.replicated;
  }
  return taken;
}

/** Who took the writes between two looks. */
export function writerBetween(
  before: Record<string, number>,
  after: Record<string, number>,
): string | undefined {
  const grown = Object.entries(after)
    .map(([name, count]) => ({ name, by: count - (before[name] ?? 0) }))
    .filter((one) => one.by > 0)
    .sort((a, b) => b.by - a.by);
  return grown[0]?.name;
}

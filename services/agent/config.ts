import { z } from 'zod';
import { bytes, faultsOf, nodes, port, refuse, secretReader, whole } from '../platform/config.ts';
import { ownVersion } from '../platform/version.ts';
import { KEEPING, type Keeping } from '../portal/generations/keep.ts';

/** The agent's only reader of `process.env` and of its secrets. */
export interface AgentConfig {
  /** Plain HTTP, for the portals and the health check. */
  port: number;
  dataDirectory: string;
  /** `name` or `name:port`, in the order of their rank. */
  databaseNodes: string[];
  databaseUser: string;
  databaseName: string;
  /** Bytes: what an upload that is finished here may have. */
  maxUpload: number;
  volumeFloor: number | undefined;
  /** Which generations stay. */
  keeping: Keeping;
  /** The name under which DNS knows every portal. */
  portalsName: string;
  nodeName: string | undefined;
  logLevel: string;
  version: string;
  secrets: { appPassword: string; volumeId: string };
}

const environment = z.object({
  PORTICO_PORT: port(8000),
  PORTICO_DATA: z.string().default('/data'),
  PORTICO_DB_NODES: nodes.default([]).refine((list) => list.length > 0, 'names no database node'),
  PORTICO_DB_USER: z.string().default('portico_app'),
  PORTICO_DB_NAME: z.string().default('portico'),
  PORTICO_MAX_UPLOAD: bytes.default(2 * 2 ** 30),
  PORTICO_VOLUME_FLOOR: z.preprocess((text) => (text === '' ? undefined : text), bytes.optional()),
  // At least the current one and the one to go back to.
  PORTICO_KEEP_GENERATIONS: whole(2, KEEPING.count),
  PORTICO_KEEP_DAYS: whole(0, KEEPING.days),
  PORTICO_PEERS: z.string().default('portal'),
  PORTICO_NODE: z.string().optional(),
  PORTICO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** @throws Error whose message lists every fault, one a line */
export function loadAgentConfig(env: NodeJS.ProcessEnv = process.env): AgentConfig {
  const parsed = environment.safeParse(env);
  const faults = faultsOf(parsed);
  const secret = secretReader(env, faults);
  const secrets = { appPassword: secret('app-password'), volumeId: secret('volume-id') };
  if (!parsed.success || faults.length > 0) return refuse(faults);
  const e = parsed.data;
  return {
    port: e.PORTICO_PORT,
    dataDirectory: e.PORTICO_DATA,
    databaseNodes: e.PORTICO_DB_NODES,
    databaseUser: e.PORTICO_DB_USER,
    databaseName: e.PORTICO_DB_NAME,
    maxUpload: e.PORTICO_MAX_UPLOAD,
    volumeFloor: e.PORTICO_VOLUME_FLOOR,
    keeping: { count: e.PORTICO_KEEP_GENERATIONS, days: e.PORTICO_KEEP_DAYS },
    portalsName: e.PORTICO_PEERS,
    nodeName: e.PORTICO_NODE || undefined,
    logLevel: e.PORTICO_LOG_LEVEL,
    version: ownVersion(),
    secrets,
  };
}

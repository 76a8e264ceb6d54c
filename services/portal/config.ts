import { z } from 'zod';
import { bytes, faultsOf, nodes, port, refuse, secretReader } from '../platform/config.ts';
import { ownVersion } from '../platform/version.ts';

/** The portal's only reader of `process.env` and of its secrets. Every fault is reported at once. */
export interface Config {
  /** Plain HTTP; only the load balancer and other portals reach it. */
  port: number;
  /** The two gates: ready for everything, and able to serve published pages and media. */
  gatePort: number;
  readingGatePort: number;
  dataDirectory: string;
  /** `name` or `name:port`, in the order of their rank. */
  databaseNodes: string[];
  databaseUser: string;
  databaseName: string;
  /** Bytes. */
  maxUpload: number;
  /** Bytes that uploads leave free on the volume; undefined: as the volume sees fit. */
  volumeFloor: number | undefined;
  /** The volume is a network file system, which tells nobody of changes: ask it now and then. */
  watchByPolling: boolean;
  /** The name under which DNS knows every portal. */
  peersName: string;
  /** The same of the agents. */
  agentsName: string;
  /** The names under which DNS may know the load balancers. */
  balancerNames: string[];
  /** While this file is there, the portal takes no traffic. In the container's memory, so that it ends with it. */
  drainFile: string;
  /** Instead of what reverse DNS says. */
  nodeName: string | undefined;
  logLevel: string;
  version: string;
  secrets: {
    appPassword: string;
    sessionSecret: string;
    edgeSecret: string;
    volumeId: string;
    /** PEM: exports of generations are signed with it. */
    signingKey: string;
  };
}

const environment = z.object({
  PORTICO_PORT: port(8000),
  PORTICO_GATE_PORT: port(8081),
  PORTICO_READING_GATE_PORT: port(8082),
  PORTICO_DATA: z.string().default('/data'),
  PORTICO_SECRETS: z.string().default('/run/portico/secrets'),
  PORTICO_DB_NODES: nodes.default([]).refine((list) => list.length > 0, 'names no database node'),
  PORTICO_DB_USER: z.string().default('portico_app'),
  PORTICO_DB_NAME: z.string().default('portico'),
  PORTICO_MAX_UPLOAD: bytes.default(2 * 2 ** 30),
  PORTICO_VOLUME_FLOOR: z.preprocess((text) => (text === '' ? undefined : text), bytes.optional()),
  PORTICO_WATCH: z.enum(['events', 'poll']).default('events'),
  PORTICO_PEERS: z.string().default('portal'),
  PORTICO_AGENTS_NAME: z.string().default('agent'),
  PORTICO_LB_NAMES: nodes.default(['lb', 'lb-2']),
  PORTICO_DRAIN_FILE: z.string().default('/tmp/drain'),
  PORTICO_NODE: z.string().optional(),
  PORTICO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** @throws Error whose message lists every fault, one a line */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environment.safeParse(env);
  const faults = faultsOf(parsed);
  const secret = secretReader(env, faults);
  const secrets = {
    appPassword: secret('app-password'),
    sessionSecret: secret('session-secret'),
    edgeSecret: secret('edge-secret'),
    volumeId: secret('volume-id'),
    signingKey: secret('signing-key'),
  };
  if (!parsed.success || faults.length > 0) return refuse(faults);
  const e = parsed.data;
  return {
    port: e.PORTICO_PORT,
    gatePort: e.PORTICO_GATE_PORT,
    readingGatePort: e.PORTICO_READING_GATE_PORT,
    dataDirectory: e.PORTICO_DATA,
    databaseNodes: e.PORTICO_DB_NODES,
    databaseUser: e.PORTICO_DB_USER,
    databaseName: e.PORTICO_DB_NAME,
    maxUpload: e.PORTICO_MAX_UPLOAD,
    volumeFloor: e.PORTICO_VOLUME_FLOOR,
    watchByPolling: e.PORTICO_WATCH === 'poll',
    peersName: e.PORTICO_PEERS,
    agentsName: e.PORTICO_AGENTS_NAME,
    balancerNames: e.PORTICO_LB_NAMES,
    drainFile: e.PORTICO_DRAIN_FILE,
    nodeName: e.PORTICO_NODE || undefined,
    logLevel: e.PORTICO_LOG_LEVEL,
    version: ownVersion(),
    secrets,
  };
}

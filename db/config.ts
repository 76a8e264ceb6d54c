import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ownVersion } from './version.ts';

/** Everything that db/ reads from outside: the only place that looks at process.env. */
export interface Config {
  /** This node, e.g. `db-1`: also its address on the internal network. */
  name: string;
  peers: string[];
  bufferPool: string;
  /** The supervisors' own port, on the internal network. */
  port: number;
  /** What supervisors show one another; derived, so that the secret itself never crosses the network. */
  key: string;
  appPassword: string;
  migratePassword: string;
  version: string;
}

const SECRETS = '/run/portico/secrets';

export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const name = env.PORTICO_DB_NAME ?? hostname();
  const nodes = (env.PORTICO_DB_NODES ?? 'db-1,db-2,db-3').split(',').map((node) => node.trim());
  const bufferPool = env.PORTICO_DB_BUFFER_POOL ?? '256M';
  const faults: string[] = [];
  if (!nodes.includes(name))
    faults.push(`this host is called ${name}, which PORTICO_DB_NODES (${nodes}) does not name`);
  if (!/^\d+[MG]$/.test(bufferPool))
    faults.push(`PORTICO_DB_BUFFER_POOL is "${bufferPool}"; it takes e.g. 256M or 2G`);
  const secret = (file: string): string => {
    try {
      const value = readFileSync(`${SECRETS}/${file}`, 'utf8').trim();
      if (value === '') faults.push(`the secret ${SECRETS}/${file} is empty`);
      return value;
    } catch (error) {
      faults.push(
        `the secret ${SECRETS}/${file} cannot be read (${(error as Error).message}); \`init\` makes it`,
      );
      return '';
    }
  };
  const appPassword = secret('app-password');
  const migratePassword = secret('migrate-password');
  if (faults.length > 0) throw new Error(`The database node cannot start: ${faults.join('; ')}.`);
  const key = supervisorKey(migratePassword);
  return {
    name,
    peers: nodes.filter((node) => node !== name),
    bufferPool,
    port: 4570,
    key,
    appPassword,
    migratePassword,
    version: ownVersion(),
  };
}

export function supervisorKey(migratePassword: string): string {
  return createHash('sha256').update(`portico database supervisor\0${migratePassword}`).digest('hex');
}

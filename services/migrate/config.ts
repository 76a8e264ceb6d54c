import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Environment = z.object({
  PORTICO_DB_NODES: z.string().min(1).default('db-1,db-2,db-3'),
  PORTICO_SECRETS: z.string().default('/run/portico/secrets'),
  /** Seconds to wait for a database that takes writes: the first start of three nodes on a slow disk takes a minute. */
  PORTICO_MIGRATE_PATIENCE: z.coerce.number().positive().default(300),
});

export interface MigrateConfig {
  nodes: string[];
  migratePassword: string;
  adminPassword: string;
  volumeId: string;
  patienceMs: number;
}

/** @throws Error that names every fault at once */
export function readConfig(env: NodeJS.ProcessEnv): MigrateConfig {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    throw new Error(z.prettifyError(parsed.error));
  }
  const { PORTICO_DB_NODES, PORTICO_SECRETS, PORTICO_MIGRATE_PATIENCE } = parsed.data;
  const faults: string[] = [];
  const secret = (name: string): string => {
    try {
      return readFileSync(join(PORTICO_SECRETS, name), 'utf8').trim();
    } catch (error) {
      faults.push(`the secret ${name} cannot be read: ${error instanceof Error ? error.message : error}`);
      return '';
    }
  };
  const config = {
    nodes: PORTICO_DB_NODES.split(',').map((node) => node.trim()),
    migratePassword: secret('migrate-password'),
    adminPassword: secret('admin-password'),
    volumeId: secret('volume-id'),
    patienceMs: PORTICO_MIGRATE_PATIENCE * 1000,
  };
  if (faults.length > 0) {
    throw new Error(`${faults.join('; ')}. Has init run?`);
  }
  return config;
}

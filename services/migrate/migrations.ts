import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Connection, createConnection } from 'mysql2/promise';
import { Umzug } from 'umzug';
import { NodeLost } from '../platform/database/outcome.ts';
import { knownMigrations, migrationsFolder } from '../platform/database/schema.ts';
import type { Logger } from '../platform/log.ts';

export interface Target {
  address: { host: string; port: number };
  user: string;
  password: string;
  database: string;
}

/**
 * Brings the schema up to date with the plain SQL files in db/migrations. Safe to run twice, and by two at once:
 * every statement may run twice, DDL passes one at a time through the whole cluster (total order isolation), and a
 * migration is recorded with INSERT IGNORE. No lock is needed, and none exists that crosses nodes.
 * @param lost aborted when the node is: DDL may take as long as it takes, but not on a node that no longer answers
 * @returns the names of the migrations that this run carried out
 */
export async function migrate(target: Target, log: Logger, lost: AbortSignal): Promise<string[]> {
  const { address, user, password, database } = target;
  const socket = connect({ ...address, noDelay: true });
  lost.addEventListener('abort', () => socket.destroy(new NodeLost('the node was lost')), { once: true });
  const connection = await createConnection({
    stream: socket,
    user,
    password,
    database,
    // A migration is a file of several statements. Nothing in it comes from outside, and only migrate connects so.
    multipleStatements: true,
    connectTimeout: 5000,
    charset: 'utf8mb4_unicode_ci',
    timezone: 'Z',
  });
  // Whoever waits for an answer hears of a lost connection there; without a listener it would end the process first.
  connection.on('error', () => undefined);
  try {
    await connection.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         name       VARCHAR(190) CHARACTER SET ascii NOT NULL PRIMARY KEY,
         applied_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3)
       )`,
    );
    const umzug = new Umzug({
      migrations: knownMigrations().map((name) => ({
        name,
        up: async () => {
          await connection.query(await readFile(new URL(name, migrationsFolder), 'utf8'));
        },
      })),
      storage: record(connection),
      logger: undefined,
    });
    umzug.on('migrated', ({ name }) => {
      log.info({ migration: name }, `${name} is applied`);
    });
    return (await umzug.up()).map(({ name }) => name);
  } finally {
    connection.destroy();
  }
}

function record(connection: Connection) {
  return {
    async executed(): Promise<string[]> {
      const [rows] = await connection.query('SELECT name FROM schema_migrations ORDER BY name');
      return (rows as { name: string }[]).map(({ name }) => name);
    },
    async logMigration({ name }: { name: string }): Promise<void> {
      await connection.query('INSERT IGNORE INTO schema_migrations (name) VALUES (?)', [name]);
    },
    async unlogMigration(): Promise<void> {
      throw new Error('Portico rolls no migration back: the release before runs on the newer schema.');
    },
  };
}

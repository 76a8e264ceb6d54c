import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Client, Unanswered } from './client.ts';
import type { Config } from './config.ts';
import { allowBootstrap, NEW_DATA } from './data.ts';
import { NIL_UUID, type Position, parseRecovered, show } from './observation.ts';
import { type Running, start } from './process.ts';

/** What mariadbd is told and asked. It decides nothing. */

/**
 * Galera's scripts hand every InnoDB option of the command line to mariadb-backup, which does not know all of them;
 * so what is set at run time stands in a file as well.
 */
const NODE_CNF = '/run/mysqld/node.cnf';
const DEFAULTS = `--defaults-file=${NODE_CNF}`;
const SOCKET = '/run/mysqld/mysqld.sock';
/** In memory: the passwords must not end up on the disk. */
export const ACCOUNTS_FILE = '/tmp/accounts.sql';

/** Above the ports that a node listens at for good; below those from which it connects. */
const FIRST_TRANSFER_PORT = 10_000;

/** The system account, through the socket alone: nobody but this container's processes can have it. */
const SYSTEM_USER = 'portico';

const STATUS = `SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_status', 'wsrep_local_state', 'wsrep_ready', 'wsrep_cluster_state_uuid', 'wsrep_last_committed', 'wsrep_incoming_addresses')`;

export interface Answer {
  answered: true;
  /** wsrep_cluster_status: `Primary`, `non-Primary`, `Disconnected` */
  status: string;
  /** wsrep_local_state: 4 is Synced, 2 donor */
  localState: number;
  ready: boolean;
  position: Position | undefined;
  /** The nodes in the group by name, this one included; one that died is among them until the others have expelled it. */
  members: string[];
}
export type Probe = Answer | { answered: false; refused: boolean; error: string };

export function createMariadb(config: Config) {
  const client = new Client([`--socket=${SOCKET}`, `--user=${SYSTEM_USER}`]);
  writeFileSync(
    NODE_CNF,
    `!include /app/db/galera.cnf\n[mariadbd]\ninnodb_buffer_pool_size = ${config.bufferPool}\n`,
  );
  return {
    /** Crash recovery, and the position that it ends at. */
    recover(onLine: (line: string) => void): Running {
      // Without the wsrep options, the answer is an abort or nothing.
      const args = [DEFAULTS, '--wsrep-recover', '--wsrep-cluster-address=gcomm://'];
      return start('mariadbd', args, onLine);
    },

    recovered: (running: Running): Position | undefined => parseRecovered(running.tail.join('\n')),

    serve(
      how: 'join' | 'bootstrap',
      position: Position | undefined,
      onLine: (line: string) => void,
    ): Running {
      const everyone = [config.name, ...config.peers].sort();
      const args = [
        DEFAULTS,
        `--wsrep-node-name=${config.name}`,
        // A name, not an address: a node that comes back has another address.
        `--wsrep-node-address=${config.name}`,
        // Another port each time: the donor of a transfer that was killed tries to reach it for a while, and would pour
        // what it has into the next one ("mariadb_backup_checkpoints missing").
        `--wsrep-sst-receive-address=${config.name}:${randomInt(FIRST_TRANSFER_PORT, 2 * FIRST_TRANSFER_PORT)}`,
        `--wsrep-cluster-address=gcomm://${everyone.join(',')}`,
      ];
      if (how === 'bootstrap') {
        allowBootstrap(position ?? { uuid: NIL_UUID, seqno: -1 });
        args.push('--wsrep-new-cluster');
      }
      // Else Galera would trust grastate.dat, which says "unknown" after every crash.
      if (position !== undefined && position.uuid !== NIL_UUID)
        args.push(`--wsrep-start-position=${show(position)}`);
      return start('mariadbd', args, onLine);
    },

    /** First data, in a folder of its own: adopting it is one rename. */
    install(onLine: (line: string) => void): Running {
      mkdirSync(NEW_DATA, { recursive: true, mode: 0o700 });

      writeFileSync(ACCOUNTS_FILE, accountsSql(config.appPassword, config.migratePassword), { mode: 0o600 });
      const args = [DEFAULTS, `--datadir=${NEW_DATA}`, '--auth-root-authentication-method=socket'];
      args.push(
        `--auth-root-socket-user=${SYSTEM_USER}`,
        '--skip-test-db',
        '--skip-name-resolve',
        `--extra-file=${ACCOUNTS_FILE}`,
      );
      return start('mariadb-install-db', [...args, '--wsrep-on=OFF'], onLine);
    },

    async probe(timeoutMs: number): Promise<Probe> {
      try {
        return parseStatus(await client.ask(STATUS, timeoutMs));
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        return { answered: false, refused: error.refused, error: error.message };
      }
    },
  };
}

export type Mariadb = ReturnType<typeof createMariadb>;

export function parseStatus(text: string): Answer {
  const values = new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split('\t') as [string, string]),
  );
  const uuid = values.get('wsrep_cluster_state_uuid');
  const seqno = Number(values.get('wsrep_last_committed') ?? Number.NaN);
  const known =
    uuid !== undefined && /^[0-9a-f-]{36}$/.test(uuid) && uuid !== NIL_UUID && Number.isSafeInteger(seqno);
  return {
    answered: true,
    status: values.get('wsrep_cluster_status') ?? 'unknown',
    localState: Number(values.get('wsrep_local_state') ?? 0),
    ready: values.get('wsrep_ready') === 'ON',
    position: known ? { uuid, seqno } : undefined,
    members: (values.get('wsrep_incoming_addresses') ?? '').split(',').flatMap((address) => {
      const name = address.replace(/:\d+$/, '');
      return name ? [name] : [];
    }),
  };
}

/** Least privilege: the portal changes rows, the migration changes the schema, nobody is root over TCP. */
export function accountsSql(appPassword: string, migratePassword: string): string {
  const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return [
    "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');",
    'FLUSH PRIVILEGES;',
    'CREATE DATABASE portico CHARACTER SET utf8mb4;',
    `CREATE USER 'portico_app'@'%' IDENTIFIED BY ${quote(appPassword)};`,
    "GRANT SELECT, INSERT, UPDATE, DELETE ON portico.* TO 'portico_app'@'%';",
    `CREATE USER 'portico_migrate'@'%' IDENTIFIED BY ${quote(migratePassword)};`,
    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER ON portico.* TO 'portico_migrate'@'%';",
    '',
  ].join('\n');
}

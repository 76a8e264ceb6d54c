import { connect, type Socket } from 'node:net';
import type { Connection as CoreConnection } from 'mysql2';
import { type ConnectionOptions, createPool, type Pool, type PoolConnection } from 'mysql2/promise';
import { PorticoError } from '../errors.ts';
import { splitPort } from './address.ts';
import type { AwakeClock } from './clock.ts';
import { NodeLost } from './outcome.ts';

const defaultPort = 3306;
const handshakeMs = 2000;

/** mysql2 gives this error no code. */
function isQueueFull(error: unknown): boolean {
  return error instanceof Error && error.message === 'Queue limit reached.';
}

function tooMany(cause: unknown): PorticoError {
  const message = 'Too many requests wait for the database. Try again in a moment.';
  return new PorticoError('database-unavailable', message, { cause, retryAfter: 2 });
}

/** What every new connection is set to, so that the server's own configuration cannot change what a transaction means. */
const sessionSettings = [
  // Reads and BEGIN wait until this node has applied what the cluster had committed when they arrived.
  'wsrep_sync_wait=1',
  // With snapshot isolation, a transaction that writes to a row which someone changed after it was read ends in 1020 and
  // runs again, where READ COMMITTED would overwrite the change.
  "transaction_isolation='REPEATABLE-READ'",
  'innodb_snapshot_isolation=ON',
  'innodb_lock_wait_timeout=3',
  // Seconds. A process that freezes, or is cut off, in the middle of a transaction keeps its rows locked, and nobody else
  // could write them, such as the same upload sent once more: the server ends such a transaction, and whoever thaws
  // begins it again. As long as a process must stand still to count as frozen (portal/gate.ts).
  'idle_transaction_timeout=1',
  // Seconds; what a client no longer waits for ends on the server, too.
  'max_statement_time=10',
  "sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
  "time_zone='+00:00'",
].join(', ');

export interface NodeOptions {
  name: string;
  user: string;
  password: string;
  database: string;
  connections: number;
  address: (node: string) => Promise<string>;
}

/** A connection of a node's pool, lent to one try. */
export interface Lease {
  connection: PoolConnection;
  giveBack(): void;
  /** For a connection whose state is not known: it is never used again. */
  destroy(reason: string): void;
}

interface Deadline {
  at: number;
  expire(error: NodeLost): void;
}

/** One database node: its pool, and every socket that was ever opened to it and is still open, lent ones too. */
export class DatabaseNode {
  readonly name: string;
  private readonly options: NodeOptions;
  private readonly clock: AwakeClock;
  private readonly pool: Pool;
  private readonly sockets = new Set<Socket>();
  private readonly deadlines = new Set<Deadline>();
  /** The last known address: a failed look-up keeps it. */
  private address: { host: string; port: number } | undefined;
  private readonly causal = new WeakMap<CoreConnection, boolean>();

  constructor(options: NodeOptions, clock: AwakeClock) {
    this.name = splitPort(options.name, defaultPort).host;
    this.options = options;
    this.clock = clock;
    this.pool = createPool({
      ...this.connectionOptions((socket) => this.keep(socket)),
      connectionLimit: options.connections,
      queueLimit: 20 * options.connections,
      waitForConnections: true,
      // Idle connections are dropped after a minute, above the few that steady traffic needs.
      maxIdle: Math.min(4, options.connections),
      idleTimeout: 60_000,
    });
    // mysql2 listens for one error only; a second one without a listener would end the process. The first has
    // already reached whoever waited, and taken the connection out of the pool.
    this.pool.on('connection', (connection) => {
      (connection as unknown as CoreConnection).on('error', () => undefined);
    });
  }

  /** Looks the address up; the probe calls this before it connects, so that the pool never waits for the DNS. */
  async locate(): Promise<void> {
    const { host, port } = splitPort(this.options.name, defaultPort);
    try {
      this.address = splitPort(await this.options.address(host), port);
    } catch (error) {
      // A DNS that is away for a moment does not take a node away that is there.
      if (this.address === undefined) {
        throw error;
      }
    }
  }

  connectionOptions(opened: (socket: Socket) => void): ConnectionOptions {
    const { user, password, database } = this.options;
    return {
      user,
      password,
      database,
      stream: () => {
        const socket = this.openSocket();
        opened(socket);
        return socket;
      },
      connectTimeout: handshakeMs,
      charset: 'utf8mb4_unicode_ci',
      timezone: 'Z',
      supportBigNumbers: true,
      stringifyObjects: true,
      multipleStatements: false,
      namedPlaceholders: false,
      // UPDATE counts the rows that it found, not only those that it changed: a guarded update can tell "not there" from "same".
      flags: ['FOUND_ROWS'],
    };
  }

  /**
   * @param deadline on the awake clock: then the connection is destroyed under its user, whose statement rejects with NodeLost
   * @throws NodeLost, or what mysql2 throws when it cannot connect
   */
  async lend(deadline: number, causal: boolean): Promise<Lease> {
    const connection = await this.acquire(deadline);
    const core = connection.connection as unknown as CoreConnection;
    const socket = (core as unknown as { stream: Socket }).stream;
    const limit: Deadline = { at: deadline, expire: (error) => socket.destroy(error) };
    this.deadlines.add(limit);
    let returned = false;
    const end = (act: () => void) => () => {
      if (!returned) {
        returned = true;
        this.deadlines.delete(limit);
        act();
      }
    };
    const lease: Lease = {
      connection,
      giveBack: end(() => connection.release()),
      destroy: (reason) => end(() => socket.destroy(new NodeLost(reason)))(),
    };
    try {
      const current = this.causal.get(core);
      if (current === undefined) {
        await connection.query(`SET SESSION ${sessionSettings}`);
        this.causal.set(core, true);
      }
      if ((current ?? true) !== causal) {
        await connection.query(`SET SESSION wsrep_sync_wait=${causal ? 1 : 0}`);
        this.causal.set(core, causal);
      }
      return lease;
    } catch (error) {
      lease.destroy('the session could not be set up');
      throw error;
    }
  }

  /** Everything that was lent or waits for this node fails at once. */
  destroyAll(reason: string): void {
    const error = new NodeLost(`${this.name} ${reason}`);
    for (const { expire } of [...this.deadlines]) {
      expire(error);
    }
    for (const socket of [...this.sockets]) {
      socket.destroy(error);
    }
  }

  /** Called once a tick: whoever is over the deadline loses the connection. */
  expire(now: number): void {
    for (const deadline of [...this.deadlines]) {
      if (now > deadline.at) {
        deadline.expire(new NodeLost(`${this.name} did not answer in time`));
      }
    }
  }

  async close(): Promise<void> {
    // A graceful goodbye to a frozen node would wait for ever.
    const patience = setTimeout(() => this.destroyAll('is no longer needed'), 1000);
    await this.pool.end().catch(() => undefined);
    clearTimeout(patience);
    this.destroyAll('is no longer needed');
  }

  private openSocket(): Socket {
    if (this.address === undefined) {
      const socket = connect({
        host: '0.0.0.0',
        port: 1,
        lookup: (_, __, callback) => callback(null, '', 4),
      });
      socket.destroy(new NodeLost(`the address of ${this.name} is not known yet`));
      return socket;
    }
    return connect({ ...this.address, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5000 });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  /** The pool's own queue has no deadline, and a connection that comes too late must not be lost. */
  private acquire(deadline: number): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const limit: Deadline = {
        at: deadline,
        expire: (error) => {
          waiting = false;
          this.deadlines.delete(limit);
          reject(error);
        },
      };
      this.deadlines.add(limit);
      if (this.clock.now() > deadline) {
        limit.expire(new NodeLost(`no time was left to ask ${this.name}`));
      }
      this.pool.getConnection().then(
        (connection) => {
          this.deadlines.delete(limit);
          if (waiting) {
            resolve(connection);
          } else {
            connection.release();
          }
        },
        (error: unknown) => {
          this.deadlines.delete(limit);
          reject(isQueueFull(error) ? tooMany(error) : error);
        },
      );
    });
  }
}

import type { Socket } from 'node:net';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { AwakeClock } from './clock.ts';
import type { DatabaseNode } from './node.ts';
import { NodeLost } from './outcome.ts';
import type { Fitness, Look } from './standing.ts';

const statusSql =
  "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state', 'wsrep_cluster_conf_id')";

/** Watches one node through a connection of its own, one look at a time; a look that takes too long is a verdict, too. */
export class Probe {
  private readonly node: DatabaseNode;
  private readonly clock: AwakeClock;
  private readonly report: (look: Look) => void;
  private connection: Connection | undefined;
  private socket: Socket | undefined;
  private running: { deadline: number; fail: (reason: string) => void } | undefined;
  private closed = false;

  constructor(node: DatabaseNode, clock: AwakeClock, report: (look: Look) => void) {
    this.node = node;
    this.clock = clock;
    this.report = report;
  }

  /** @param causal also wait until the node has caught up with the cluster */
  look(causal: boolean, deadlineMs: number): void {
    if (this.closed) {
      return;
    }
    const now = this.clock.now();
    if (this.running !== undefined) {
      if (now > this.running.deadline) {
        this.running.fail(`has not answered for ${deadlineMs} ms`);
      }
      return;
    }
    const running = {
      deadline: now + deadlineMs,
      fail: (reason: string) => finish({ kind: 'lost', reason }),
    };
    this.running = running;
    const finish = (look: Look) => {
      if (this.running === running) {
        this.running = undefined;
        if (look.kind === 'lost') {
          this.drop(look.reason);
        }
        this.report(look);
      }
    };
    this.ask(causal).then(finish, (error: unknown) => running.fail(sentence(error)));
  }

  /** The look under way is not waited for any longer. */
  giveUp(reason: string): void {
    this.running?.fail(reason);
  }

  close(): void {
    this.closed = true;
    this.running = undefined;
    this.drop('is no longer watched');
  }

  private async ask(causal: boolean): Promise<Look> {
    const connection = this.connection ?? (await this.connect());
    const start = performance.now();
    const [rows] = await connection.query<RowDataPacket[]>(statusSql);
    const latencyMs = performance.now() - start;
    const fitness = readFitness(new Map(rows.map((row) => [String(row.Variable_name), String(row.Value)])));
    if (!causal || fitness.clusterStatus !== 'Primary' || !fitness.ready) {
      return { kind: 'answer', fitness, causal: false, latencyMs };
    }
    await connection.query('SET SESSION wsrep_sync_wait=1');
    try {
      await connection.query('SELECT 1');
      return { kind: 'answer', fitness, causal: true, latencyMs };
    } catch (error) {
      if ((error as { fatal?: unknown }).fatal === true) {
        throw error;
      }
      return { kind: 'answer', fitness, causal: false, latencyMs };
    } finally {
      await connection.query('SET SESSION wsrep_sync_wait=0');
    }
  }

  private async connect(): Promise<Connection> {
    await this.node.locate();
    const options = this.node.connectionOptions((socket) => {
      this.socket = socket;
    });
    const connection = await createConnection(options);
    if (this.closed) {
      connection.destroy();
      throw new NodeLost('is no longer watched');
    }
    // A killed node resets this connection at once: no need to wait for the next tick.
    connection.on('error', (error) => {
      if (this.connection === connection) {
        this.connection = undefined;
        this.report({ kind: 'lost', reason: sentence(error) });
      }
    });
    await connection.query('SET SESSION wsrep_sync_wait=0');
    this.connection = connection;
    return connection;
  }

  private drop(reason: string): void {
    this.connection = undefined;
    this.socket?.destroy(new NodeLost(reason));
    this.socket = undefined;
  }
}

/** Pure: the status variables as one answer; what is missing counts against the node. */
export function readFitness(status: ReadonlyMap<string, string>): Fitness {
  return {
    ready: status.get('wsrep_ready') === 'ON',
    clusterStatus: status.get('wsrep_cluster_status') ?? 'Disconnected',
    localState: Number(status.get('wsrep_local_state') ?? 0),
    // 2^64-1 while there is no view.
    view: Number(status.get('wsrep_cluster_conf_id') ?? 0),
  };
}

function sentence(error: unknown): string {
  return error instanceof Error ? `cannot be reached (${error.message})` : String(error);
}

import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the proxy does with a COMMIT. `cut-before`: the node never sees it; `cut-after`: it commits, and its answer is lost. */
export type AtCommit = 'pass' | 'cut-before' | 'cut-after';

const comQuery = 3;

/** A TCP proxy in front of one node, for cuts at an exact place of the protocol. */
export class TestProxy {
  atCommit: AtCommit = 'pass';
  /** COMMITs that were cut. */
  cuts = 0;
  /** Swallows everything in both directions, as a frozen node or a cut cable does. */
  silent = false;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(host: string) {
    this.server = createServer((client) => this.join(client, connect({ host, port: 3306, noDelay: true })));
  }

  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(0, '127.0.0.1', () => {
        const address = this.server.address();
        resolve(`127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
      });
    });
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket, node: Socket): void {
    let deaf = false;
    const both = [client, node];
    for (const socket of both) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    client.on('data', (data) => {
      if (this.silent) return;
      if (this.atCommit !== 'pass' && data[4] === comQuery && data.toString('latin1', 5) === 'COMMIT') {
        const mode = this.atCommit;
        this.atCommit = 'pass';
        this.cuts += 1;
        if (mode === 'cut-before') {
          client.destroy();
          return;
        }
        deaf = true;
      }
      node.write(data);
    });
    node.on('data', (data) => {
      if (this.silent) return;
      if (deaf) {
        // The node has answered, so the commit is done; the client never hears of it.
        client.destroy();
        return;
      }
      client.write(data);
    });
  }
}

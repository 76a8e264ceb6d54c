import assert from 'node:assert/strict';
import type { Database } from './types.ts';

/**
 * A steady stream of numbered writes and causal reads. Each worker counts in a row of its own by guarded updates, enters
 * each number in a ledger, and reads it back through another process's router: a lost write, a doubled one and a
 * stale read each show.
 */
export class TestStream {
  static readonly tables = `
    CREATE TABLE IF NOT EXISTS test_counts (worker INT NOT NULL PRIMARY KEY, n INT NOT NULL);
    CREATE TABLE IF NOT EXISTS test_ledger (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, worker INT NOT NULL, n INT NOT NULL);
    DELETE FROM test_counts; DELETE FROM test_ledger;
    INSERT INTO test_counts (worker, n) VALUES (0, 0), (1, 0), (2, 0), (3, 0)`;
  static readonly dropTables = 'DROP TABLE IF EXISTS test_counts, test_ledger';

  readonly failed: string[] = [];
  stale = 0;
  /** Milliseconds of the slowest since the last `lap`. */
  private worst = { write: 0, read: 0 };
  private readonly acknowledged = [0, 0, 0, 0];
  private readonly writer: Database;
  private readonly reader: Database;
  private running = true;
  private readonly ended: Promise<unknown>;

  constructor(writer: Database, reader: Database) {
    this.writer = writer;
    this.reader = reader;
    this.ended = Promise.all(this.acknowledged.map((_, worker) => this.count(worker)));
  }

  get total(): number {
    return this.acknowledged.reduce((sum, n) => sum + n, 0);
  }

  lap(): { write: number; read: number } {
    const { worst } = this;
    this.worst = { write: 0, read: 0 };
    return { write: Math.round(worst.write), read: Math.round(worst.read) };
  }

  /** Ends the stream and compares the database with what was acknowledged. */
  async finish(): Promise<void> {
    this.running = false;
    await this.ended;
    const ledger = await this.reader.read((r) =>
      r.query<{ worker: number; numbers: number; rows: number; last: number }>(
        'SELECT worker, COUNT(DISTINCT n) AS numbers, COUNT(*) AS `rows`, MAX(n) AS last FROM test_ledger GROUP BY worker ORDER BY worker',
      ),
    );
    const expected = this.acknowledged.map((n, worker) => ({ worker, numbers: n, rows: n, last: n }));
    assert.deepEqual(
      { failed: this.failed, stale: this.stale, ledger },
      { failed: [], stale: 0, ledger: expected },
    );
  }

  private async count(worker: number): Promise<void> {
    for (let n = 1; this.running; n += 1) {
      try {
        await this.timed('write', () =>
          this.writer.write(async (tx) => {
            const { affectedRows } = await tx.execute(
              'UPDATE test_counts SET n = ? WHERE worker = ? AND n = ?',
              [n, worker, n - 1],
            );
            assert.equal(affectedRows, 1, `could not count from ${n - 1} to ${n}`);
            await tx.execute('INSERT INTO test_ledger (worker, n) VALUES (?, ?)', [worker, n]);
          }),
        );
        this.acknowledged[worker] = n;
        const [row] = await this.timed('read', () =>
          this.reader.read((r) =>
            r.query<{ n: number }>('SELECT n FROM test_counts WHERE worker = ?', [worker]),
          ),
        );
        this.stale += row?.n === n ? 0 : 1;
      } catch (error) {
        this.failed.push(`worker ${worker} at ${n}: ${error}`);
        return;
      }
    }
  }

  private async timed<T>(kind: 'write' | 'read', work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.worst[kind] = Math.max(this.worst[kind], performance.now() - start);
    }
  }
}

import { markUntrusted } from './data.ts';
import { type Log, parseServerLine } from './log.ts';
import type { Answer, Mariadb } from './mariadb.ts';
import type { Position } from './observation.ts';
import type { Running } from './process.ts';

/** Galera's words for "this node's data differs from the others'". */
const INCONSISTENT = /inconsistent with group|Inconsistency detected|Inconsistent by consensus/i;

/**
 * Galera has left the group for good, yet mariadbd may stay, useless, for ever. Seen when a node got its missing write sets from
 * a donor that had only just joined itself ("IST didn't contain all write sets").
 */
const LEFT = /Received SELF-LEAVE|node restart required/i;
const LEAVE_GRACE_MS = 3_000;

const PROBE_TIMEOUT_MS = 4_000;
/** Unanswered probes after which a server that had answered counts as hung: some 30 s, counted in our own ticks. */
const HUNG_PROBES = 7;
/** mariadbd's output as our log, and what it gives away. */
export function serverLines(log: Log, onLeft: () => void = () => {}): (line: string) => void {
  return (line) => {
    if (INCONSISTENT.test(line)) markUntrusted();
    if (LEFT.test(line)) onLeft();
    const { level, text } = parseServerLine(line);
    log(level, text, { from: 'mariadbd' });
  };
}

/** One run of mariadbd as part of the cluster, ended when it has become useless: hung, or out of the group for good. */
export class Server {
  readonly #mariadb: Mariadb;
  readonly #log: Log;
  readonly #running: Running;
  #answeredOnce = false;
  #unanswered = 0;
  #stopping = false;
  #left = false;

  constructor(mariadb: Mariadb, how: 'join' | 'bootstrap', position: Position | undefined, log: Log) {
    this.#mariadb = mariadb;
    this.#log = log;
    this.#running = mariadb.serve(
      how,
      position,
      serverLines(log, () => this.#onLeft()),
    );
  }

  get alive(): boolean {
    return this.#running.alive;
  }
  get exited(): Promise<string> {
    return this.#running.exited;
  }
  errors(): string[] {
    return this.#running.tail.filter((line) => line.includes('[ERROR]')).slice(-5);
  }

  stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    // In the midst of joining it takes no notice of SIGTERM for long, and has nothing to lose.
    return this.#running.stop(this.#answeredOnce ? graceMs : Math.min(graceMs, 5_000));
  }

  /** undefined: no answer. It may be in state transfer or crash recovery, and may then take its time. */
  async probe(): Promise<Answer | undefined> {
    const probe = await this.#mariadb.probe(PROBE_TIMEOUT_MS);
    if (probe.answered) {
      this.#answeredOnce = true;
      this.#unanswered = 0;
      return probe;
    }
    if (!this.#answeredOnce || probe.refused) return undefined;
    this.#unanswered += 1;
    this.#log('warn', `mariadbd does not answer (${this.#unanswered} of ${HUNG_PROBES}): ${probe.error}`);
    if (this.#unanswered >= HUNG_PROBES) {
      this.#log('error', 'mariadbd hangs: it is killed and joins afresh.');
      await this.#running.stop(0);
    }
    return undefined;
  }

  #onLeft(): void {
    if (this.#left || this.#stopping) return;
    this.#left = true;
    setTimeout(() => {
      if (!this.alive || this.#stopping) return;
      this.#log('warn', 'mariadbd left the group and does not end by itself: it is killed.');
      void this.#running.stop(0);
    }, LEAVE_GRACE_MS);
  }
}

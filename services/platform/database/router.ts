import { EventEmitter, once } from 'node:events';
import { ulid } from 'ulid';
import { dnsAddress } from './address.ts';
import { AwakeClock } from './clock.ts';
import { Hold, type Vain } from './hold.ts';
import { DatabaseNode } from './node.ts';
import { defaultTiming, type RouterOptions, type Timing } from './options.ts';
import { Probe } from './probe.ts';
import { choose, type Ranking, rank } from './ranking.ts';
import { judge, type Look, type Standing, unknownStanding } from './standing.ts';
import { type Operation, openReader, runTry } from './transaction.ts';
import type { Database, NodeReport, Reader, Transaction } from './types.ts';

interface Member {
  name: string;
  node: DatabaseNode;
  probe: Probe;
  standing: Standing;
}

/** Sends each read and each transaction to a node that can take it, and again to another when that one fails. */
export class Router implements Database {
  private readonly options: RouterOptions;
  private readonly timing: Timing;
  private readonly clock: AwakeClock;
  private readonly members: Member[];
  private readonly hold: Hold;
  private readonly changes = new EventEmitter<{ change: [NodeReport[]] }>();
  private readonly ticking: NodeJS.Timeout;
  private ranking: Ranking = rank([]);
  /** Since when no node serves, by the awake clock. */
  private nobodySince = 0;
  /** When a node last answered, by the awake clock; whoever has heard none yet cannot tell whether it is cut off. */
  private heardAt: number | undefined;
  private asksOthers = false;

  constructor(options: RouterOptions) {
    this.options = options;
    this.timing = { ...defaultTiming, ...options.timing };
    this.clock = new AwakeClock(this.timing.probeInterval);
    this.changes.setMaxListeners(0);
    const address = options.address ?? dnsAddress(this.timing.probeDeadline / 2);
    const { user, password, database, connectionsPerNode: connections = 12 } = options;
    this.members = options.nodes.map((name) => {
      const node = new DatabaseNode({ name, user, password, database, connections, address }, this.clock);
      const probe = new Probe(node, this.clock, (look) => this.seen(member, look));
      const member: Member = { name: node.name, node, probe, standing: unknownStanding };
      return member;
    });
    this.hold = new Hold({
      clock: this.clock,
      maxHeld: options.maxHeld ?? 200,
      pause: (ms) => this.pause(ms),
    });
    this.ticking = setInterval(() => this.tick(), this.timing.probeInterval);
    this.tick();
  }

  read<T>(work: (reader: Reader) => Promise<T>, { causal = true, impatient = false } = {}): Promise<T> {
    const candidates = () => (causal ? this.ranking.causalReaders : this.ranking.looseReaders);
    return this.hold.run(
      this.holdFor(this.timing.readHold),
      this.timing.readTry,
      (failed) => choose(candidates(), failed),
      async (name, deadline) => {
        const lease = await this.member(name).node.lend(deadline, causal);
        const reader = openReader(lease.connection);
        try {
          return await work(reader);
        } finally {
          reader.close();
          // A connection that broke has left the pool by itself; giving it back does nothing then.
          lease.giveBack();
        }
      },
      (name) => this.doubt(name),
      () => this.inVain(impatient),
    );
  }

  write<T>(work: (tx: Transaction) => Promise<T>, { operationId = ulid() } = {}): Promise<T> {
    const operation: Operation<T> = { id: operationId, tries: 0, results: new Map() };
    return this.hold.run(
      this.holdFor(this.timing.writeHold),
      this.timing.writeTry,
      // Always the writer: going elsewhere on one's own would make two.
      () => this.ranking.writer,
      async (name, deadline) => runTry(await this.member(name).node.lend(deadline, true), operation, work),
      (name) => this.doubt(name),
      () => this.inVain(false),
    );
  }

  nodes(): NodeReport[] {
    return this.members.map(({ name, standing: { state, reason, latencyMs } }) => ({
      name,
      state,
      reason,
      latencyMs,
      role: name === this.ranking.writer ? 'writer' : state === 'synced' ? 'standby' : 'none',
    }));
  }

  writer(): string | undefined {
    return this.ranking.writer;
  }

  silentMs(): number {
    return Math.max(0, Math.round(this.clock.now() - (this.heardAt ?? 0)));
  }

  away(): boolean {
    return this.ranking.writer === undefined && this.clock.now() - this.nobodySince > this.timing.awayAfter;
  }

  /** Calls back after each change of a node's state or of the writer. @returns what ends it */
  onChange(listener: (nodes: NodeReport[]) => void): () => void {
    this.changes.on('change', listener);
    return () => this.changes.off('change', listener);
  }

  async close(): Promise<void> {
    clearInterval(this.ticking);
    for (const { probe } of this.members) {
      probe.close();
    }
    await Promise.all(this.members.map(({ node }) => node.close()));
  }

  private tick(): void {
    const now = this.clock.tick();
    for (const member of this.members) {
      member.node.expire(now);
      this.look(member);
    }
    void this.suspectSilence();
  }

  /** Silence from all of them at once is this process's own network, when others hear one: that takes no probe's patience. */
  private async suspectSilence(): Promise<void> {
    const { isElsewhere } = this.options;
    if (!isElsewhere || this.asksOthers || this.reachesNobody()) return;
    if (this.silentMs() < this.timing.silentAfter) return;
    this.asksOthers = true;
    const others = await isElsewhere(this.silentMs()).finally(() => {
      this.asksOthers = false;
    });
    if (!others || this.silentMs() < this.timing.silentAfter) return;
    for (const { probe } of this.members) probe.giveUp('does not answer here, and does elsewhere');
  }

  private reachesNobody(): boolean {
    return this.members.every(({ standing }) => standing.state === 'away');
  }

  private look({ probe, standing }: Member): void {
    const proving = standing.state === 'held' || standing === unknownStanding;
    const { probeDeadline, causalProbeDeadline } = this.timing;
    probe.look(proving, proving ? causalProbeDeadline : probeDeadline);
  }

  private holdFor(hold: number): number {
    const late = this.ranking.writer === undefined && this.clock.now() - this.nobodySince > hold;
    return late ? Math.min(hold, this.timing.lateHold) : hold;
  }

  /** Whoever can do without the database does not wait for it; and nobody waits here for one that is there elsewhere. */
  private async inVain(impatient: boolean): Promise<Vain | undefined> {
    if (impatient && this.away()) return { reason: 'no node is synced', retryAfter: 5 };
    const isElsewhere = this.heardAt !== undefined && this.reachesNobody() && this.options.isElsewhere;
    return isElsewhere && (await isElsewhere(this.silentMs()))
      ? { reason: 'it is reached by others, and not from here', retryAfter: 1 }
      : undefined;
  }

  /** Somebody's connection to the node failed: do not wait for the next tick to find out why. */
  private doubt(name: string): void {
    this.look(this.member(name));
  }

  private seen(member: Member, look: Look): void {
    if (look.kind === 'answer') this.heardAt = this.clock.now();
    const before = member.standing;
    const peers = this.members.filter((other) => other !== member).map(({ standing }) => standing);
    member.standing = judge(before, look, {
      now: this.clock.now(),
      holdDownMs: this.timing.holdDown,
      peers,
    });
    const { state, reason } = member.standing;
    if (state === 'away' || (state === 'unfit' && before.state !== 'unfit')) {
      member.node.destroyAll(reason);
    }
    const writerBefore = this.ranking.writer;
    this.ranking = rank(this.members);
    const { writer } = this.ranking;
    if (state !== before.state) {
      const level = state === 'synced' || state === 'held' ? 'info' : 'warn';
      this.options.log[level](
        { database: member.name, state, before: before.state, writer },
        `${member.name} ${reason}`,
      );
    }
    if (writer !== writerBefore) {
      this.nobodySince = this.clock.now();
      this.options.log.info({ writer, before: writerBefore }, `writes go to ${writer ?? 'nobody'}`);
    }
    if (state !== before.state || writer !== writerBefore) {
      this.changes.emit('change', this.nodes());
    }
  }

  private async pause(ms: number): Promise<void> {
    const cancel = new AbortController();
    const timer = setTimeout(() => cancel.abort(), ms);
    try {
      await once(this.changes, 'change', { signal: cancel.signal });
    } catch (error) {
      if (!cancel.signal.aborted) {
        throw error;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private member(name: string): Member {
    const member = this.members.find((candidate) => candidate.name === name);
    if (member === undefined) {
      throw new Error(`There is no database node named ${name}.`);
    }
    return member;
  }
}

export function createRouter(options: RouterOptions): Router {
  return new Router(options);
}

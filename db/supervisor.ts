import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readBirth, writeBirth } from './birth.ts';
import type { Config } from './config.ts';
import { adoptNewData, discardData, tidyVolume } from './data.ts';
import type { Log } from './log.ts';
import { ACCOUNTS_FILE, type Mariadb } from './mariadb.ts';
import { isRunning, isSettled, type Observation, type Position, type State } from './observation.ts';
import { fetchPeers, type Report } from './peers.ts';
import type { Running } from './process.ts';
import { type Plan, planRecovery } from './recovery.ts';
import { Server, serverLines } from './server.ts';
import { findStanding } from './standing.ts';

const TICK_MS = 500;
const CALM_TICK_MS = 1_000;
/** A node that comes back waits for what is found out here: whether it was expelled. */
const PROBE_MS = 900;
const PEER_TIMEOUT_MS = 1_500;
/** Less than the container's stop_grace_period of 60 s. */
const STOP_GRACE_MS = 45_000;
const ACCEPT_LOSS_MS = 120_000;

/**
 * Runs one mariadbd: observes, decides by planRecovery, acts; one step a tick. It is the only writer of its state, and
 * sets it before it acts, so that a peer never sees a settled node whose mariadbd is about to run.
 */
export class Supervisor {
  readonly #config: Config;
  readonly #mariadb: Mariadb;
  readonly #log: Log;
  #state: State = 'starting';
  #stateSince = performance.now();
  #position: Position | undefined;
  #synced = false;
  #claiming = false;
  #acceptLossUntil = 0;
  #server: Server | undefined;
  #child: Running | undefined;
  #failedReadings = 0;
  #failedStarts = 0;
  #notBefore = 0;
  #aloneSince: number | undefined;
  #plan: Plan = { action: 'wait', reason: 'starting' };
  #peers: Map<string, Report | undefined> = new Map();
  #stopping = false;
  #probeAt = 0;
  #members: { names: string[]; seen: number } | undefined;

  constructor(config: Config, mariadb: Mariadb, log: Log) {
    this.#config = config;
    this.#mariadb = mariadb;
    this.#log = log;
  }

  observation(): Observation {
    return {
      name: this.#config.name,
      state: this.#state,
      position: this.#position,
      claiming: this.#claiming,
      synced: this.#synced,
      members: this.#members?.names,
      membersAgeMs: this.#members && performance.now() - this.#members.seen,
      acceptLoss: performance.now() < this.#acceptLossUntil,
    };
  }

  report(): Report {
    const peers = Object.fromEntries([...this.#peers].map(([name, peer]) => [name, peer?.state ?? null]));
    return { ...this.observation(), version: this.#config.version, reason: this.#plan.reason, peers };
  }

  /** The operator's word holds for two minutes, or until the node is part of a cluster. */
  acceptLoss(): { taken: boolean; sentence: string } {
    const primary = [this.observation(), ...this.#peers.values()].find((node) => node?.state === 'primary');
    if (primary)
      return {
        taken: false,
        sentence: `Refused: ${primary.name} is Primary, so nothing needs to be given up.`,
      };
    this.#acceptLossUntil = performance.now() + ACCEPT_LOSS_MS;
    this.#log('warn', 'An operator accepted the loss of what only the missing nodes hold.');
    return {
      taken: true,
      sentence: `${this.#config.name} goes on without the nodes that do not answer. Watch it with \`npx portico status\`.`,
    };
  }

  async run(): Promise<void> {
    tidyVolume();
    while (!this.#stopping) {
      const began = performance.now();
      await this.#step();
      const tick = this.#synced ? CALM_TICK_MS : TICK_MS;
      const pause = Math.max(50, tick - (performance.now() - began));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = this.#server ?? this.#child;
    if (this.#server) this.#become('stopping');
    await running?.stop(STOP_GRACE_MS);
  }

  async #step(): Promise<void> {
    if (this.#server && !this.#server.alive) await this.#onServerGone();
    if (this.#server) await this.#observeServer();
    else if (!isSettled(this.#state)) await this.#settle();
    if (this.#stopping || (!isRunning(this.#state) && !isSettled(this.#state))) return;

    this.#peers = await fetchPeers(this.#config.peers, this.#config, PEER_TIMEOUT_MS);
    if (this.#stopping) return;
    const plan = this.#decide();
    if (plan.reason !== this.#plan.reason)
      this.#log('info', plan.reason, { action: plan.action, state: this.#state });
    this.#plan = plan;
    if (performance.now() >= this.#notBefore) await this.#act(plan);
  }

  #decide(): Plan {
    const now = performance.now();
    const inSight = [...this.#peers.values()].some(
      (peer) => peer && (peer.claiming || ['primary', 'bootstrapping', 'initialising'].includes(peer.state)),
    );
    if (inSight) this.#aloneSince = undefined;
    else this.#aloneSince ??= now;
    const stateMs = now - this.#stateSince;
    const aloneMs = this.#aloneSince === undefined ? 0 : Math.min(stateMs, now - this.#aloneSince);
    return planRecovery(this.observation(), this.#peers, { born: readBirth(), aloneMs, stateMs });
  }

  async #act(plan: Plan): Promise<void> {
    switch (plan.action) {
      case 'keep':
      case 'wait':
        return;
      case 'stop':
        this.#become('stopping');
        await this.#server?.stop(STOP_GRACE_MS);
        return this.#onServerGone();
      case 'join':
        return this.#serve('joining', 'join', this.#position);
      case 'refill':
        this.#log('warn', `The data of ${this.#config.name} is discarded for a peer's copy.`, {
          position: this.#position,
        });
        discardData();
        this.#position = undefined;
        return this.#serve('joining', 'join', undefined);
      case 'initialise':
        if (await this.#claim(plan)) await this.#initialise();
        return;
      case 'bootstrap':
        if (await this.#claim(plan)) this.#bootstrap();
        return;
      case 'bootstrap-anew':
        if (await this.#claim(plan)) this.#bootstrapAnew();
        return;
    }
  }

  /** Publishes the claim, and only then asks every peer anew: see recovery.ts, invariant 2. */
  async #claim(plan: Plan): Promise<boolean> {
    this.#claiming = true;
    const asked = performance.now();
    this.#peers = await fetchPeers(this.#config.peers, this.#config, PEER_TIMEOUT_MS);
    // Frozen in between: what the peers said is too old to act on.
    const late = performance.now() - asked > 2 * PEER_TIMEOUT_MS;
    const again = this.#decide();
    if (again.action === plan.action && !late && !this.#stopping) return true;
    this.#claiming = false;
    this.#log(
      'info',
      `The claim to start the cluster is withdrawn: ${late ? 'the answers came too late' : again.reason}`,
    );
    return false;
  }

  async #initialise(): Promise<void> {
    this.#become('initialising');
    tidyVolume();
    const install = this.#mariadb.install(serverLines(this.#log));
    this.#child = install;
    const ended = await install.exited;
    rmSync(ACCOUNTS_FILE, { force: true });
    this.#child = undefined;
    if (this.#stopping) return;
    if (ended !== 'exit 0') {
      this.#log('error', `The first data could not be made (${ended}).`, { tail: install.tail.slice(-20) });
      this.#notBefore = performance.now() + 5_000;
      this.#become('empty');
      return;
    }
    adoptNewData();
    this.#become('fresh');
  }

  #bootstrap(): void {
    const uuid = this.#position?.uuid;
    const born = readBirth();
    // An operator's new history that never began: its mark must not outlaw the one that all nodes hold.
    if (uuid !== undefined && born !== undefined && born !== uuid) writeBirth(uuid, this.#config.name);
    this.#serve('bootstrapping', 'bootstrap', this.#position);
  }

  /**
   * The absent node may hold commits beyond our position. Were it to come back under the same UUID, Galera would send it
   * only what came after its own position, and two histories would mix without a word. Under a new UUID it is refilled.
   */
  #bootstrapAnew(): void {
    const position = { uuid: randomUUID(), seqno: this.#position?.seqno ?? 0 };
    writeBirth(position.uuid, this.#config.name);
    this.#position = position;
    this.#serve('bootstrapping', 'bootstrap', position);
  }

  #serve(
    state: 'joining' | 'bootstrapping',
    how: 'join' | 'bootstrap',
    position: Position | undefined,
  ): void {
    this.#become(state);
    this.#server = new Server(this.#mariadb, how, position, this.#log);
  }

  async #observeServer(): Promise<void> {
    const now = performance.now();
    if (this.#state === 'primary' && this.#synced && now < this.#probeAt) return;
    this.#probeAt = now + PROBE_MS;
    const probe = await this.#server?.probe();
    if (probe === undefined) {
      this.#synced = false;
      return;
    }
    const primary = probe.status === 'Primary';
    // 2: donor, and goes on serving, since mariabackup does not block it.
    this.#synced = primary && probe.ready && (probe.localState === 4 || probe.localState === 2);
    if (probe.position) this.#position = probe.position;
    this.#members = { names: probe.members, seen: now };
    if (primary) return this.#onPrimary();
    if (this.#state === 'primary') this.#become('non-primary');
  }

  #onPrimary(): void {
    if (this.#state !== 'primary') this.#become('primary');
    this.#acceptLossUntil = 0;
    this.#failedStarts = 0;
    const uuid = this.#position?.uuid;
    if (uuid !== undefined && readBirth() === undefined) {
      writeBirth(uuid, this.#config.name);
      this.#log('info', `The cluster ${uuid} is born.`);
    }
  }

  async #onServerGone(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const ended = await server.exited;
    this.#server = undefined;
    this.#members = undefined;
    this.#synced = false;
    if (this.#stopping) return;
    if (this.#state !== 'stopping' || ended !== 'exit 0') {
      this.#failedStarts += 1;
      const pause = Math.min(10_000, 500 * 2 ** this.#failedStarts);
      this.#notBefore = performance.now() + pause;
      this.#log('warn', `mariadbd ended while ${this.#state} (${ended}).`, { errors: server.errors() });
    }
    this.#become('starting');
  }

  async #settle(): Promise<void> {
    const standing = await findStanding(this.#mariadb, this.#log, (child) => {
      this.#child = child;
    });
    if (this.#stopping) return;
    this.#failedReadings = standing === undefined ? this.#failedReadings + 1 : 0;
    if (standing === undefined && this.#failedReadings < 3) return;
    this.#position = standing?.position;
    this.#become(standing?.state ?? 'unusable');
  }

  #become(state: State): void {
    this.#state = state;
    this.#stateSince = performance.now();
    this.#claiming = false;
    if (state !== 'primary') this.#synced = false;
  }
}

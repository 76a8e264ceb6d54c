/** Rounds in which every database node, or everything, goes at once; what was acknowledged before must come back. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient, Uploaded } from './client.ts';
import { DATABASES } from './cluster.ts';
import { audit, everyReader } from './ledger.ts';
import { aligned } from './report.ts';

type Node = (typeof DATABASES)[number];

export interface Blackout {
  name: string;
  /** Puts the lights out and on again; returns when everything has been told to start, not when it is whole. */
  strike(client: ClusterClient): Promise<void>;
}

export interface Round {
  round: number;
  blackout: string;
  wholeAfterMs: number;
  acknowledged: number;
  lost: string[];
  misses: string[];
}

/** Milliseconds from the first start command until the cluster is whole (design.md, section 9). */
export const PROMISED_MS = 60_000;

export const BLACKOUTS: readonly Blackout[] = [
  {
    name: 'all databases killed at once',
    async strike({ cluster }) {
      await cluster.kill(...DATABASES);
      await cluster.start(...DATABASES);
    },
  },
  {
    name: 'all databases stopped at once',
    async strike({ cluster }) {
      await cluster.stop(...DATABASES);
      await cluster.start(...DATABASES);
    },
  },
  inOrder(['db-1', 'db-2', 'db-3'], ['db-1', 'db-2', 'db-3']),
  inOrder(['db-3', 'db-1', 'db-2'], ['db-3', 'db-2', 'db-1']),
  inOrder(['db-2', 'db-3', 'db-1'], ['db-3', 'db-1', 'db-2']),
  {
    name: 'one database wiped',
    strike: ({ cluster }) => cluster.wipe('db-2'),
  },
  {
    name: 'all killed, one of them wiped',
    async strike({ cluster }) {
      // The wiped node may never start a cluster, and the two others must not wait for what it no longer knows.
      await cluster.kill(...DATABASES);
      await cluster.start('db-1', 'db-2');
      await cluster.wipe('db-3');
    },
  },
  {
    name: 'everything killed',
    async strike({ cluster }) {
      const parts = (await cluster.parts()).map((one) => one.id);
      await Promise.all(parts.map((id) => cluster.compose.kill([id])));
      await Promise.all(parts.map((id) => cluster.compose.start([id])));
    },
  },
];

/** Stopped one after the other, so that their positions differ, and started one after the other in another order. */
function inOrder(stopped: readonly Node[], started: readonly Node[]): Blackout {
  return {
    name: `stopped ${short(stopped)}, started ${short(started)}`,
    async strike({ cluster }) {
      for (const name of stopped) await cluster.stop(name);
      for (const name of started) await cluster.start(name);
    },
  };
}

function short(nodes: readonly Node[]): string {
  return nodes.map((name) => name.slice(3)).join('-');
}

export interface BlackoutOptions {
  rounds: number;
  /** Files that are acknowledged just before each blackout. Default 5. */
  uploads?: number;
  /** Which ones, in turn. Default: all of BLACKOUTS. */
  blackouts?: readonly Blackout[];
  onRound?: (round: Round) => void;
}

/** Each round strikes with every blackout in turn. @throws PorticoError when the cluster does not come back by itself */
export async function runBlackouts(client: ClusterClient, options: BlackoutOptions): Promise<Round[]> {
  const { rounds, uploads = 5, blackouts = BLACKOUTS, onRound = () => {} } = options;
  const { cluster } = client;
  const ledger: Uploaded[] = [];
  const reports: Round[] = [];
  await cluster.waitWhole();
  for (let round = 1; round <= rounds; round++) {
    for (const blackout of blackouts) {
      for (let i = 0; i < uploads; i++) ledger.push(await client.upload({ name: `drill-blackout-${i}.bin` }));
      // Some are in the middle of a write when it strikes; what was acknowledged then is owed as well.
      const writing = keepWriting(client, ledger);
      await blackout.strike(client).finally(writing.stop);
      // Far beyond the promise: a late return is told with its time, and the rounds go on.
      const wholeAfterMs = await cluster.waitWhole(5 * PROMISED_MS);
      const { lost } = await audit({ uploads: ledger, tokens: [] }, await everyReader(client));
      const misses = lost.slice(0, 3);
      if (wholeAfterMs > PROMISED_MS) misses.unshift(`whole after ${wholeAfterMs} ms only`);
      const report = {
        round,
        blackout: blackout.name,
        wholeAfterMs,
        acknowledged: ledger.length,
        lost,
        misses,
      };
      reports.push(report);
      onRound(report);
    }
  }
  return reports;
}

/** Uploads one after the other until it is stopped; what fails was not acknowledged, and is not owed. */
function keepWriting(client: ClusterClient, ledger: Uploaded[]): { stop(): Promise<void> } {
  let running = true;
  const writer = async () => {
    while (running) {
      const made = await client
        .upload({ name: 'drill-blackout-during.bin' }, { deadlineMs: 5_000 })
        .catch(() => undefined);
      if (made) ledger.push(made);
      else await pause(100);
    }
  };
  const all = Promise.all([writer(), writer()]);
  return {
    async stop() {
      running = false;
      await all;
    },
  };
}

export function blackoutTable(rounds: readonly Round[]): string {
  const rows = rounds.map((one) => [
    String(one.round),
    one.blackout,
    `${(one.wholeAfterMs / 1000).toFixed(1)} s`,
    `${one.acknowledged - one.lost.length}/${one.acknowledged}`,
    one.misses.length === 0 ? 'kept' : `MISSED: ${one.misses[0]}`,
  ]);
  return aligned([['round', 'blackout', 'whole after', 'files kept', 'verdict'], ...rows]).join('\n');
}

/**
 * Arms that take turns in short rounds: the generator, the servers and whatever else this machine does share its cores, so
 * that only what is measured within the same seconds can be compared.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient } from '../client.ts';
import { median, ratios, spreadOf } from './numbers.ts';
import type { Figure } from './report.ts';
import { cpuBetween, type Sample, sample } from './samples.ts';
import type { StaticNginx } from './static-nginx.ts';
import type { Load, Loaded, Wrk } from './wrk.ts';

const IDLE_MS = 2_000;

export interface LoadParts {
  client: ClusterClient;
  wrk: Wrk;
  /** Of the workspace. */
  shared: string;
  rounds: number;
  /** Of each arm in each round. */
  seconds: number;
  latest?: (line: string) => void;
}

export interface Arm {
  name: string;
  load: Omit<Load, 'seconds' | 'connections'>;
}

export interface Run extends Loaded {
  /** Of its requests, the part that the load balancer answered by itself. */
  cached: number;
  /** Microseconds of CPU time for each request, the asking's included; undefined where the engine does not tell. */
  cpuEach: number | undefined;
}

export type Runs = ReadonlyMap<string, Run[]>;

/** A, B, C, A, B, C, …, after a short turn of each that counts for nothing. */
export async function inTurn(
  { client, wrk, rounds, seconds, latest = () => {} }: LoadParts,
  files: StaticNginx,
  arms: readonly Arm[],
  connections: number,
): Promise<Runs> {
  const { cluster } = client;
  const parts = await cluster.parts();
  const serving = parts.filter(({ service }) => service === 'lb' || service === 'portal').map(({ id }) => id);
  const look = () => sample(cluster, [...serving, files.container]);
  const runs = new Map<string, Run[]>(arms.map(({ name }) => [name, []]));
  for (const { load } of arms) await wrk.load({ ...load, connections, seconds: 1 });
  const idle = await idleOf(look, serving);
  for (let round = 1; round <= rounds; round++)
    for (const { name, load } of arms) {
      latest(`round ${round} of ${rounds}: ${name}`);
      const before = await look();
      const loaded = await wrk.load({ ...load, connections, seconds });
      const after = await look();
      const isStatic = load.host === files.host;
      const spent = cpuBetween(before, after, isStatic ? [files.container] : serving);
      const anyhow = isStatic ? 0 : (idle * (after.at - before.at)) / 1000;
      runs.get(name)!.push({
        ...loaded,
        cached: (after.cached - before.cached) / loaded.requests,
        cpuEach: spent === undefined ? undefined : (spent - anyhow + loaded.cpu) / loaded.requests,
      });
    }
  return runs;
}

/** What portals and load balancer spend while nobody asks, on checks of each other: microseconds in a second. */
async function idleOf(look: () => Promise<Sample>, serving: readonly string[]): Promise<number> {
  const before = await look();
  await pause(IDLE_MS);
  const after = await look();
  return ((cpuBetween(before, after, serving) ?? 0) / (after.at - before.at)) * 1000;
}

export const middle = (what: string, values: readonly number[], unit: string): Figure => ({
  what,
  value: median(values),
  unit,
  spread: spreadOf(values),
});

/** How much of the static file's speed it has, round by round. */
export function besides(
  ours: readonly number[],
  theirs: readonly number[],
  atLeast: number | undefined,
): Figure {
  const values = ratios(ours, theirs);
  return {
    what: '  part of static',
    value: median(values),
    spread: spreadOf(values),
    ...(atLeast !== undefined && { goal: { atLeast } }),
  };
}

/**
 * The same by what a request costs all together, asking and answering: what the speeds come to where nothing else wants
 * the cores. No figure where the engine does not tell.
 */
export function byCpu(runs: Runs, name: string): Figure[] {
  const [ours, theirs] = [name, 'static'].map((one) =>
    runs.get(one)!.flatMap(({ cpuEach }) => (cpuEach === undefined ? [] : [cpuEach])),
  );
  if (ours!.length === 0 || theirs!.length === 0) return [];
  const each = middle('  CPU of a request, asking and answering', ours!, 'µs');
  if (name === 'static') return [each];
  const values = ratios(theirs!, ours!);
  return [each, { what: '  part of static, by CPU', value: median(values), spread: spreadOf(values) }];
}

/** One drill: load, a usual while, the fault, a while with it, its end, and a while after. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient } from './client.ts';
import type { Fault, Promised } from './faults.ts';
import { type Audit, audit, findTwins } from './ledger.ts';
import { type LoadOptions, type Specimen, startLoad } from './load.ts';
import {
  endedBefore,
  KINDS,
  type Kind,
  type Statistics,
  stalls,
  startedAfter,
  statistics,
  uneven,
  waitingBetween,
} from './samples.ts';
import { writerBetween, writesTaken } from './whole.ts';

export interface DrillOptions {
  /** Seconds of load before the fault, and again after the cluster is whole. Default 5. */
  seconds?: number;
  /** Seconds that the fault lasts. Default 6: longer than Galera takes to expel a node. */
  holdSeconds?: number;
  load?: LoadOptions;
  /** Milliseconds that a stall may exceed its promise by, where other work on the machine is to be expected. Default 0. */
  slackMs?: number;
  onPhase?: (sentence: string) => void;
}

export interface DrillReport {
  fault: string;
  writer: string | undefined;
  promised: Promised;
  stallMs: Record<Kind, number>;
  before: Statistics;
  during: Statistics;
  after: Statistics;
  /** From the fault's end until the cluster was whole again. */
  wholeAfterMs: number;
  ledger: Audit;
  /** What was promised and not kept, as sentences; empty: the drill has passed. */
  misses: string[];
}

/** Leaves the cluster whole. @throws PorticoError when it is not whole before or does not become so after */
export async function runDrill(
  client: ClusterClient,
  fault: Fault,
  specimens: readonly Specimen[],
  options: DrillOptions = {},
): Promise<DrillReport> {
  const { seconds = 5, holdSeconds = 6, slackMs = 0, onPhase = () => {} } = options;
  const { cluster } = client;
  onPhase(`waiting until the cluster is whole`);
  await cluster.waitWhole();
  const portals = (await cluster.portals()).length;

  onPhase(`load for ${seconds} s without a fault`);
  const load = await startLoad(client, specimens, options.load);
  try {
    const writesBefore = await writesTaken(cluster);
    await pause(seconds * 1000);
    const writer = writerBetween(writesBefore, await writesTaken(cluster));

    onPhase(fault.name);
    const struck = performance.now();
    await fault.inject(cluster);
    await pause(holdSeconds * 1000);
    onPhase(`${fault.target} brought back`);
    await fault.heal(cluster);
    const wholeAfterMs = await cluster.waitWhole();
    const whole = performance.now();
    onPhase(`whole again after ${(wholeAfterMs / 1000).toFixed(1)} s; load for ${seconds} s more`);
    await pause(seconds * 1000);
    await load.stop();

    const ledger = await audit(load.ledger, { 'the load balancer': (url) => client.ask(url) });
    ledger.twins = await findTwins(client, 'drill-write-', load.ledger);
    const measured = {
      before: statistics(endedBefore(load.samples, struck)),
      during: statistics(waitingBetween(load.samples, struck, whole)),
      after: statistics(startedAfter(load.samples, whole)),
      wholeAfterMs,
      ledger,
    };
    const promised = fault.promise(writer);
    const stallMs = stalls(measured.before, measured.during);
    const misses = judge({ ...measured, promised, stallMs, portals, slackMs });
    return { fault: fault.name, writer, promised, stallMs, ...measured, misses };
  } finally {
    await load.stop();
    await cluster.mend();
  }
}

/** What was promised and not kept. */
export function judge(
  measured: Pick<DrillReport, 'promised' | 'stallMs' | 'before' | 'during' | 'after' | 'ledger'> & {
    portals: number;
    slackMs?: number;
  },
): string[] {
  const { promised, stallMs, before, during, after, ledger, portals, slackMs = 0 } = measured;
  const misses: string[] = [];
  for (const [phase, { failed, reasons }] of Object.entries({ before, during, after })) {
    if (failed > promised.failed) misses.push(`${failed} failed ${phase} the fault (${topReason(reasons)})`);
  }
  const apart = during.cutOff + during.secondTries;
  if (promised.apart === 0 && apart > 0)
    misses.push(`${apart} cut off or tried twice (${topReason(during.reasons)})`);
  for (const kind of KINDS) {
    const [was, may] = [stallMs[kind], promised.stallMs[kind]];
    if (was > may + slackMs) misses.push(`${kind}: stalled ${was} ms, promised is ${may} ms`);
    if (before.kinds[kind].count === 0) misses.push(`${kind}: nothing was asked before the fault`);
  }
  const skewed = uneven(after.shares, portals);
  if (skewed) misses.push(`after the return ${skewed}`);
  for (const lost of ledger.lost.slice(0, 3)) misses.push(`lost: ${lost}`);
  if (ledger.twins.length > 0)
    misses.push(`${ledger.twins.length} uploads are there twice: ${ledger.twins[0]}`);
  return misses;
}

function topReason(reasons: Record<string, number>): string {
  const [worst] = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
  return worst ? `${worst[1]} × ${worst[0].slice(0, 120)}` : 'no reason known';
}

/** One drill: load, a usual while, the fault, a while with it, its end, and a while after. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterClient } from './client.ts';
import type { Alarm } from './false-alarms.ts';
import type { Fault, Measure, Promised } from './faults.ts';
import { type Audit, audit, everyReader, findTwins } from './ledger.ts';
import { type LoadOptions, startLoad } from './load.ts';
import { watchLogs } from './log-watch.ts';
import {
  endedBefore,
  KINDS,
  type Kind,
  type Sample,
  type Statistics,
  stalls,
  startedAfter,
  statistics,
  uneven,
  waitingBetween,
} from './samples.ts';
import { type Mark, type Timeline, timelineOf } from './timeline.ts';
import type { Specimen } from './visitor.ts';
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
  /** From the fault until another part said so in its log; undefined: none did while it lasted. */
  detectedMs: number | undefined;
  /** From the fault until the last request that waited longer than the worst before it had its answer. */
  feltMs: number;
  /** From the fault's end until the cluster was whole again. */
  wholeAfterMs: number;
  /**
   * How late the load's own clock was at most, from the fault until the cluster was whole: the machine, or this process,
   * stood still for so long, and a stall that is no longer may be that.
   */
  clockLateMs: number;
  /** From the fault's end until a write succeeded, where that is promised. */
  writesAgainMs: number | undefined;
  measures: Measure[];
  ledger: Audit;
  timeline: Timeline;
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
  await fault.prepare?.(cluster);

  onPhase(`load for ${seconds} s without a fault`);
  const logs = await watchLogs(cluster, LONGEST_MS);
  const clock = monitorEventLoopDelay({ resolution: CLOCK_MS });
  const load = await startLoad(client, specimens, options.load);
  try {
    const began = performance.now();
    const writesBefore = await writesTaken(cluster);
    await pause(seconds * 1000);
    const writer = writerBetween(writesBefore, await writesTaken(cluster));

    onPhase(fault.name);
    const struck = performance.now();
    clock.enable();
    await fault.inject(cluster);
    const [measure] = await Promise.all([fault.watch?.(cluster), pause(holdSeconds * 1000)]);
    onPhase(`${fault.target} brought back`);
    const healed = performance.now();
    await fault.heal(cluster);
    const wholeAfterMs = await cluster.waitWhole();
    const whole = performance.now();
    clock.disable();
    onPhase(`whole again after ${(wholeAfterMs / 1000).toFixed(1)} s; load for ${seconds} s more`);
    await pause(seconds * 1000);
    await load.stop();
    const ended = performance.now();

    onPhase(`reading back ${load.ledger.length} uploads and ${load.tokens.length} tokens from every portal`);
    const owed = { uploads: load.ledger, tokens: load.tokens };
    const ledger = await audit(owed, await everyReader(client), await client.token('admin'));
    ledger.twins = await findTwins(client, 'drill-write-', load.ledger);
    const detected = firstWord(logs.alarms, fault.target, struck, healed);
    const before = statistics(endedBefore(load.samples, struck));
    const during = statistics(waitingBetween(load.samples, struck, whole));
    const promised = fault.promise(writer);
    const marks: Mark[] = [
      { at: struck, what: 'struck' },
      ...(detected === undefined ? [] : [{ at: detected, what: 'detected' as const }]),
      { at: healed, what: 'healed' },
      { at: whole, what: 'whole' },
    ];
    const measured = {
      promised,
      stallMs: stalls(before, during),
      before,
      during,
      after: statistics(startedAfter(load.samples, whole)),
      writesAgainMs: promised.writesAgainMs === undefined ? undefined : writesAgain(load.samples, healed),
      measures: measure === undefined ? [] : [measure],
      ledger,
    };
    return {
      fault: fault.name,
      writer,
      ...measured,
      detectedMs: detected === undefined ? undefined : Math.round(detected - struck),
      feltMs: felt(load.samples, before, struck),
      wholeAfterMs,
      clockLateMs: Math.max(0, Math.round(clock.max / 1e6) - CLOCK_MS),
      timeline: timelineOf(load.samples, marks, began, ended),
      misses: judge({ ...measured, portals, slackMs }),
    };
  } finally {
    logs.abandon();
    await load.stop();
    await cluster.mend();
  }
}

/** How often the load's own clock is looked at. */
const CLOCK_MS = 10;
/** Logs are followed no longer: above any drill. */
const LONGEST_MS = 900_000;

/** When a part other than the one that was struck first said that something is wrong. */
function firstWord(alarms: readonly Alarm[], target: string, from: number, to: number): number | undefined {
  const others = alarms.filter(
    ({ at, sentence }) => at >= from && at < to && !sentence.startsWith(`${target}:`),
  );
  return others.length === 0 ? undefined : Math.min(...others.map(({ at }) => at));
}

function felt(samples: readonly Sample[], before: Statistics, struck: number): number {
  const late = samples.filter(
    (one) => one.end > struck && one.end - one.start > before.kinds[one.kind].worstMs,
  );
  return Math.round(Math.max(0, ...late.map((one) => one.end - struck)));
}

function writesAgain(samples: readonly Sample[], healed: number): number {
  const passed = samples.filter(
    ({ kind, outcome, end }) =>
      kind === 'write' && (outcome === 'ok' || outcome === 'second-try') && end > healed,
  );
  return Math.round(Math.min(Number.POSITIVE_INFINITY, ...passed.map(({ end }) => end - healed)));
}

type Judged = Pick<
  DrillReport,
  'promised' | 'stallMs' | 'before' | 'during' | 'after' | 'ledger' | 'measures' | 'writesAgainMs'
>;

/** What was promised and not kept. */
export function judge(measured: Judged & { portals: number; slackMs?: number }): string[] {
  const { promised, stallMs, before, during, after, ledger, portals, slackMs = 0 } = measured;
  const misses: string[] = [];
  for (const [phase, stats] of Object.entries({ before, during, after })) {
    // Who was told when to come again has an answer, where that was promised.
    const allowed = promised.failed + (phase === 'during' ? refusedOf(stats, promised) : 0);
    if (stats.failed > allowed)
      misses.push(`${stats.failed} failed ${phase} the fault (${topReason(stats.reasons)})`);
  }
  const apart = during.cutOff + during.secondTries + during.unsettled;
  if (promised.apart === 0 && apart > 0)
    misses.push(`${apart} cut off, unsettled or tried twice (${topReason(during.reasons)})`);
  for (const kind of KINDS) {
    const [was, may] = [stallMs[kind], promised.stallMs[kind]];
    if (may !== undefined && was > may + slackMs)
      misses.push(`${kind}: stalled ${was} ms, promised is ${may} ms`);
    if (before.kinds[kind].count === 0) misses.push(`${kind}: nothing was asked before the fault`);
  }
  for (const { what, ms, promisedMs } of measured.measures)
    if (ms > promisedMs) misses.push(`${what} after ${ms} ms, promised is ${promisedMs} ms`);
  const { writesAgainMs: promisedAgain } = promised;
  if (
    promisedAgain !== undefined &&
    (measured.writesAgainMs ?? Number.POSITIVE_INFINITY) > promisedAgain + slackMs
  )
    misses.push(`writes succeeded again after ${measured.writesAgainMs} ms, promised is ${promisedAgain} ms`);
  const skewed = uneven(after.shares, portals);
  if (skewed) misses.push(`after the return ${skewed}`);
  for (const lost of ledger.lost.slice(0, 3)) misses.push(`lost: ${lost}`);
  if (ledger.twins.length > 0)
    misses.push(`${ledger.twins.length} uploads are there twice: ${ledger.twins[0]}`);
  return misses;
}

function refusedOf(stats: Statistics, promised: Promised): number {
  return (promised.mayRefuse ?? []).reduce((sum, kind) => sum + stats.kinds[kind].refused, 0);
}

function topReason(reasons: Record<string, number>): string {
  const [worst] = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
  return worst ? `${worst[1]} × ${worst[0].slice(0, 120)}` : 'no reason known';
}

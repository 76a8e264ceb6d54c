/** What `portico drill` runs, and what it tells of it. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BLACKOUTS, blackoutTable, type Round, runBlackouts } from '../../drills/blackout.ts';
import type { ClusterClient } from '../../drills/client.ts';
import { type DrillReport, runDrill } from '../../drills/drill.ts';
import { type Fault, slug } from '../../drills/faults.ts';
import { htmlReport } from '../../drills/html.ts';
import { plantSpecimens } from '../../drills/load.ts';
import { promiseTable } from '../../drills/promise-table.ts';
import { randomBlackouts } from '../../drills/random-blackout.ts';
import { table } from '../../drills/report.ts';
import { runSoak, type SoakReport } from '../../drills/soak.ts';
import { drawText } from '../../drills/timeline.ts';
import { VAR } from '../config.ts';
import { UsageError } from '../exit.ts';
import { print, printJson, say } from '../terminal.ts';

export interface Flags {
  json?: boolean;
  target?: string;
  promise?: string;
  own?: boolean;
  here?: boolean;
  yesReally?: boolean;
  seconds: string;
  rounds: string;
  random?: string;
  seed?: string;
  minutes: string;
  readers: string;
}

export interface Findings {
  reports: DrillReport[];
  rounds: Round[];
  soak?: SoakReport;
  /** Of whatever is neither. */
  tables: string[];
  kept: boolean;
}

export async function faultsInTurn(
  client: ClusterClient,
  faults: readonly Fault[],
  flags: Flags,
  findings: Findings,
): Promise<void> {
  const specimens = await plantSpecimens(client);
  for (let round = 1; round <= count(flags.rounds); round++) {
    for (const fault of faults) {
      const onPhase = (sentence: string) => say(`${fault.name}: ${sentence}`);
      const load = { readers: count(flags.readers) };
      const options = { seconds: count(flags.seconds), load, onPhase };
      const report = await runDrill(client, fault, specimens, options).catch(async (error) => {
        await keepLogs(client, slug(fault));
        throw error;
      });
      findings.reports.push(report);
      for (const line of drawText(report.timeline, process.stderr.columns ?? 100)) say(`  ${line}`);
      for (const miss of report.misses) say(`  MISSED: ${miss}`);
      if (report.misses.length > 0) await keepLogs(client, slug(fault));
      findings.kept &&= report.misses.length === 0;
    }
  }
}

async function keepLogs(client: ClusterClient, name: string): Promise<void> {
  const dir = path.join(VAR, 'failed', `drill-${name}`);
  await client.cluster.saveLogs(dir);
  say(`  Every part's log is in ${dir}`);
}

export async function blackouts(client: ClusterClient, flags: Flags, findings: Findings): Promise<void> {
  const seed = flags.seed === undefined ? Math.floor(Math.random() * 1_000_000) : count(flags.seed);
  if (flags.random !== undefined) say(`The seed is ${seed}: --seed ${seed} chooses the same parts again.`);
  const rounds = await runBlackouts(client, {
    rounds: flags.random === undefined ? count(flags.rounds) : 1,
    blackouts:
      flags.random === undefined
        ? BLACKOUTS
        : randomBlackouts(count(flags.random), seed, (what) => say(what)),
    onRound: (one) => {
      say(`${one.blackout}: whole after ${(one.wholeAfterMs / 1000).toFixed(1)} s`);
      findings.rounds.push(one);
    },
  });
  findings.kept &&= rounds.every((one) => one.misses.length === 0);
}

/** Nobody who was healthy may have been thrown out. */
export async function soak(client: ClusterClient, flags: Flags, findings: Findings): Promise<void> {
  const report = await runSoak(client, { seconds: 60 * count(flags.minutes), onMinute: say });
  findings.soak = report;
  findings.tables.push(JSON.stringify(report, null, 2));
  findings.kept &&= report.falseAlarms.length === 0 && report.failed.length === 0;
}

/** The result on stdout, and a page for people in var/drills/. */
export async function finish(wanted: string, findings: Findings, flags: Flags): Promise<void> {
  const { reports, rounds, tables, soak: soaked } = findings;
  if (reports.length + rounds.length + tables.length === 0) return;
  const more = [
    ...(rounds.length > 0 ? [blackoutTable(rounds)] : []),
    ...tables,
    ...(reports.length > 1 ? [promiseTable(reports, rounds).join('\n')] : []),
  ];
  const now = new Date();
  const file = path.join(
    VAR,
    'drills',
    `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}-${wanted}.html`,
  );
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    htmlReport(reports, `${wanted}, ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`, more),
  );
  say(`The report, with pictures: ${file}`);
  if (flags.json) printJson({ kept: findings.kept, reports, blackouts: rounds, soak: soaked, tables });
  else print([...(reports.length > 0 ? [table(reports)] : []), ...more].join('\n\n'));
}

function count(flag: string): number {
  const n = Number(flag);
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`"${flag}" is not a number of at least 1.`);
  return n;
}

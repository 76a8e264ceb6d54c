/** `portico drill list | <fault> | all | blackout`: breaks the running cluster on purpose, under load, and measures. */
import { Command } from 'commander';
import { BLACKOUTS, blackoutTable, runBlackouts } from '../../drills/blackout.ts';
import { ClusterClient } from '../../drills/client.ts';
import { Cluster } from '../../drills/cluster.ts';
import { type DrillReport, runDrill } from '../../drills/drill.ts';
import { FAULTS, faultsNamed } from '../../drills/faults.ts';
import { cleanUp } from '../../drills/ledger.ts';
import { plantSpecimens } from '../../drills/load.ts';
import { table } from '../../drills/report.ts';
import { runSoak } from '../../drills/soak.ts';
import { PorticoError } from '../../platform/errors.ts';
import { loadConfig } from '../config.ts';

interface Flags {
  json?: boolean;
  seconds: string;
  rounds: string;
  minutes: string;
  readers: string;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

export const drillCommand = new Command('drill')
  .description(
    'break a part of the running cluster on purpose, under load, and measure what its users notice',
  )
  .argument(
    '<fault>',
    '`list`, `all`, `blackout`, `soak`, or a fault: `portal-1`, `killed`, `db-2-paused`, …',
  )
  .option('--seconds <n>', 'load before the fault and after the return', '5')
  .option('--readers <n>', 'connections that read', '16')
  .option('--rounds <n>', 'for `blackout`: how often all of them', '1')
  .option('--minutes <n>', 'for `soak`: everything at once, and nothing broken', '10')
  .option('--json', 'the whole report, for programs')
  .action(async (wanted: string, flags: Flags) => {
    process.exitCode = (await drill(wanted, flags)) ? 0 : 1;
  });

/** @returns whether every promise was kept */
async function drill(wanted: string, flags: Flags): Promise<boolean> {
  if (wanted === 'list') {
    const names = [...FAULTS.map((fault) => fault.name), ...BLACKOUTS.map(({ name }) => `blackout: ${name}`)];
    console.log(flags.json ? JSON.stringify(names) : names.join('\n'));
    return true;
  }
  const faults = faultsNamed(wanted);
  if (faults.length === 0 && wanted !== 'blackout' && wanted !== 'soak') {
    throw new PorticoError('invalid', `There is no fault "${wanted}". \`portico drill list\` names them.`);
  }
  const cluster = await Cluster.attach(loadConfig().project);
  say('Waiting until the cluster is whole …');
  await cluster.waitWhole();
  const client = await ClusterClient.of(cluster);
  say(wanted === 'soak' ? 'Everything at once, and nothing is broken.' : 'Breaking things now.');
  try {
    if (wanted === 'soak') return await soak(client, flags);
    return wanted === 'blackout' ? await blackouts(client, flags) : await faultsInTurn(client, faults, flags);
  } finally {
    await cleanUp(client, 'drill-');
  }
}

async function faultsInTurn(client: ClusterClient, faults: typeof FAULTS, flags: Flags): Promise<boolean> {
  const specimens = await plantSpecimens(client);
  const reports: DrillReport[] = [];
  try {
    for (const fault of faults) {
      const onPhase = (sentence: string) => say(`${fault.name}: ${sentence}`);
      const load = { readers: count(flags.readers) };
      const options = { seconds: count(flags.seconds), load, onPhase };
      reports.push(await runDrill(client, fault, specimens, options));
    }
  } finally {
    // Also what was measured before one could not be carried out.
    console.log(flags.json ? JSON.stringify(reports, null, 2) : table(reports));
  }
  return reports.every((report) => report.misses.length === 0);
}

async function blackouts(client: ClusterClient, flags: Flags): Promise<boolean> {
  const rounds = await runBlackouts(client, {
    rounds: count(flags.rounds),
    onRound: (one) =>
      say(`${one.round}: ${one.blackout}: whole after ${(one.wholeAfterMs / 1000).toFixed(1)} s`),
  });
  console.log(flags.json ? JSON.stringify(rounds, null, 2) : blackoutTable(rounds));
  return rounds.every((one) => one.misses.length === 0);
}

/** @returns whether nobody who was healthy was thrown out */
async function soak(client: ClusterClient, flags: Flags): Promise<boolean> {
  const report = await runSoak(client, { seconds: 60 * count(flags.minutes), onMinute: say });
  console.log(JSON.stringify(report, null, 2));
  return report.falseAlarms.length === 0 && report.failed.length === 0;
}

function count(flag: string): number {
  const n = Number(flag);
  if (!Number.isInteger(n) || n < 1)
    throw new PorticoError('invalid', `"${flag}" is not a number of at least 1.`);
  return n;
}

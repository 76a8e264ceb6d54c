/** `portico drill …`: breaks a cluster on purpose, under load, and measures what its users notice. */
import { Command } from 'commander';
import { BLACKOUTS } from '../../drills/blackout.ts';
import { ClusterClient } from '../../drills/client.ts';
import { Cluster, type Environment } from '../../drills/cluster.ts';
import { FAULTS, type Fault, faultsNamed, slug } from '../../drills/faults.ts';
import { checkTable, fullVolume, SMALL_VOLUME } from '../../drills/full-volume.ts';
import { cleanUp, cleanUpTokens } from '../../drills/ledger.ts';
import { aligned } from '../../drills/report.ts';
import { PorticoError } from '../../platform/errors.ts';
import { loadConfig } from '../config.ts';
import { UsageError } from '../exit.ts';
import { becomeWhole, bringUp } from '../own-cluster.ts';
import { setUp } from '../setup/setup.ts';
import { print, printJson, say, step } from '../terminal.ts';
import { testEnvironment } from '../test/environment.ts';
import { temporaryProject } from '../test/project.ts';
import { promisesOf } from './drill-promise.ts';
import { blackouts, type Findings, type Flags, faultsInTurn, finish, soak } from './drill-runs.ts';

const SPECIAL: Record<string, string> = {
  all: 'every fault, one after the other, then the blackouts and a full volume; on a cluster of its own',
  blackout: 'all databases, or everything, at once; --random 20: several parts by chance, again and again',
  soak: 'everything at once and nothing broken: counts whoever was thrown out although healthy',
  'volume-full': 'the shared volume is full; on a cluster of its own, whose volume is small',
};

export const drillCommand = new Command('drill')
  .summary('break a part on purpose, under load, and measure what users notice')
  .description(
    'Breaks a part of the running cluster on purpose, under load, and measures what its users notice. Leaves the cluster as it found it. Exit status: 0 when every promise was kept, 1 when one was missed.',
  )
  .argument('<fault>', '`list` names them: `portal-1-killed`, `db-2`, `paused`, `all`, `blackout`, …')
  .option('--target <part>', 'only what happens to this part: `portal-2`, `db-1`')
  .option('--seconds <n>', 'load before the fault and after the return', '5')
  .option('--readers <n>', 'connections that read', '16')
  .option('--rounds <n>', 'for `blackout` and `all`: how often all of them', '1')
  .option('--random <n>', 'for `blackout`: so many, of parts chosen by chance')
  .option('--seed <n>', 'for `--random`: the same seed chooses the same parts again')
  .option('--minutes <n>', 'for `soak`', '10')
  .option('--own', 'on a cluster of its own, brought up beside the running one and removed at the end')
  .option('--here', 'for `all`: on the running cluster')
  .option('--yes-really', 'where a drill may cost service or data on a cluster that is in use')
  .option('--promise <kind=ms,…>', 'hold it to stalls of your own: page=100,write=2500')
  .option('--json', 'the whole report, for programs')
  .action(async (wanted: string, flags: Flags) => {
    process.exitCode = (await drill(wanted, flags)) ? 0 : 1;
  });

/** @returns whether every promise was kept */
async function drill(wanted: string, flags: Flags): Promise<boolean> {
  if (wanted === 'list') return list(flags);
  const faults = faultsNamed(wanted, flags.target).map(promisesOf(flags.promise));
  if (faults.length === 0 && !(wanted in SPECIAL))
    throw new UsageError(
      `There is no fault "${wanted}"${flags.target ? ` of ${flags.target}` : ''}. \`portico drill list\` names them.`,
    );
  const own = flags.own === true || (wanted === 'all' && flags.here !== true);
  if (!own) consent(wanted, faults, flags);

  const findings: Findings = { reports: [], rounds: [], tables: [], kept: true };
  try {
    if (wanted === 'volume-full') await volumeFull(findings);
    else if (own) await onOwn('drill', {}, (client) => run(wanted, faults, flags, client, findings));
    else await onRunning((client) => run(wanted, faults, flags, client, findings));
    if (wanted === 'all') await volumeFull(findings);
  } finally {
    // Also what was measured before one could not be carried out.
    await finish(wanted, findings, flags);
  }
  return findings.kept;
}

async function run(
  wanted: string,
  faults: readonly Fault[],
  flags: Flags,
  client: ClusterClient,
  findings: Findings,
): Promise<void> {
  if (wanted === 'soak') return soak(client, flags, findings);
  if (wanted !== 'blackout') await faultsInTurn(client, faults, flags, findings);
  if (wanted === 'blackout' || wanted === 'all') await blackouts(client, flags, findings);
}

function list(flags: Flags): boolean {
  const rows = [
    ...FAULTS.map((fault) => [slug(fault), fault.danger ?? '']),
    ...BLACKOUTS.map(({ name }) => ['blackout', name]),
    ...Object.entries(SPECIAL),
  ];
  if (flags.json) printJson(rows.map(([name, about]) => ({ name, about })));
  else print(aligned(rows as string[][]).join('\n'));
  return true;
}

/** What may cost service or data is asked for on a cluster that somebody may be using. @throws UsageError */
function consent(wanted: string, faults: readonly Fault[], flags: Flags): void {
  if (flags.yesReally) return;
  const danger =
    wanted === 'blackout'
      ? 'Nobody is served while everything is down.'
      : faults.find((fault) => fault.danger !== undefined)?.danger;
  if (danger === undefined && wanted !== 'all') return;
  throw new UsageError(
    `${danger ?? 'Some of these cost service or a copy of the data.'} Say --own for a cluster of its own, or --yes-really to do it to the one that runs.`,
  );
}

/** The user's own cluster: whole before, whole after, and nothing of the drill left in it. */
async function onRunning(work: (client: ClusterClient) => Promise<void>): Promise<void> {
  const cluster = await Cluster.attach(loadConfig().project);
  await step('Looking whether the cluster is whole (nothing is broken yet)', () =>
    cluster.waitWhole().catch((error: Error) => {
      throw new PorticoError(
        'internal',
        `${error.message}\nA drill begins with a whole cluster: \`npx portico status\` says what is missing.`,
      );
    }),
  );
  const client = await ClusterClient.of(cluster);
  say('Breaking things now.');
  try {
    await work(client);
  } finally {
    await cleanUp(client, 'drill-');
    await cleanUpTokens(client, 'drill-');
  }
}

async function onOwn(
  what: string,
  more: Environment,
  work: (client: ClusterClient) => Promise<void>,
): Promise<void> {
  const build = await setUp(loadConfig());
  const env = { ...(await testEnvironment()), ...build, PORTICO_IMAGE_PREFIX: 'portico-drill', ...more };
  const cluster = await bringUp(
    'Building the images and starting a cluster for the drill',
    temporaryProject(what),
    env,
  );
  try {
    await becomeWhole(cluster);
    await work(await ClusterClient.of(cluster));
  } finally {
    await step('Removing that cluster', () => cluster.destroy());
  }
}

function volumeFull(findings: Findings): Promise<void> {
  return onOwn('full', SMALL_VOLUME, async (client) => {
    const checks = await fullVolume(client);
    findings.tables.push(checkTable(checks));
    findings.kept &&= checks.every(({ kept }) => kept);
  });
}

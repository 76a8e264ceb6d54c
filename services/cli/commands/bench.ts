/** `portico bench` (npm run bench): what the portal promises in figures, measured and held to its goals. */
import { Argument, Command } from 'commander';
import { BESIDE, besideName } from '../../drills/bench/beside.ts';
import { benchJson, benchTable, missesOf } from '../../drills/bench/report.ts';
import { openWorkspace } from '../../drills/bench/workspace.ts';
import { ClusterClient } from '../../drills/client.ts';
import { Cluster } from '../../drills/cluster.ts';
import { loadConfig } from '../config.ts';
import { run } from '../docker.ts';
import { EXIT, UsageError } from '../exit.ts';
import { becomeWhole, bringUp } from '../own-cluster.ts';
import { setUp } from '../setup/setup.ts';
import { print, printJson, step } from '../terminal.ts';
import { testEnvironment } from '../test/environment.ts';
import { temporaryProject } from '../test/project.ts';
import {
  type BenchOptions,
  measureAlone,
  measureOn,
  NEEDS_CLUSTER,
  PARTS,
  type Part,
} from './bench-parts.ts';

interface Flags {
  here?: boolean;
  json?: boolean;
  apis: string;
  sizes: string;
  rounds: string;
  seconds: string;
  queries: string;
  mib: string;
}

export const benchCommand = new Command('bench')
  .summary('measure pages, files, compiling, search and uploads, each beside its goal')
  .description(
    'Measures pages and a large file through the load balancer beside an nginx that serves the same bytes as files; what a generation of many APIs costs; search; and a large upload. On a cluster of its own, which it fills with APIs and removes, because publishing hundreds of them is nothing for one that is in use. Exit status: 0 when every goal was kept, 1 when one was missed.',
  )
  .addArgument(new Argument('[part...]', 'only these').choices(PARTS))
  .option('--here', 'on the running cluster, with what is published there; nothing is published')
  .option('--sizes <n,…>', 'compile: counts of APIs', '10,100,1000')
  .option('--apis <n>', 'pages and search: so many are published', '500')
  .option('--rounds <n>', 'how often each is measured, in turn', '7')
  .option('--seconds <n>', 'pages and blob: of each arm in a round', '3')
  .option('--queries <n>', 'search: in a round', '200')
  .option('--mib <n>', 'upload: its size', '1024')
  .option('--json', 'for programs')
  .action(async (parts: Part[], flags: Flags) => {
    process.exitCode = await bench(parts.length > 0 ? parts : [...PARTS], flags);
  });

async function bench(wanted: readonly Part[], flags: Flags): Promise<number> {
  const options = optionsOf(flags);
  const parts = new Set(wanted);
  const isOwn = !flags.here;
  const workspace = await openWorkspace();
  try {
    // First, so that no cluster has a share of the cores.
    const { content, sections } = await measureAlone(parts, options, workspace, isOwn);
    const onCluster = async (client: ClusterClient) =>
      void sections.push(
        ...(await measureOn(client, parts, options, workspace, isOwn ? content : undefined)),
      );
    if (wanted.some((part) => NEEDS_CLUSTER.has(part)))
      await (isOwn ? onOwn(onCluster) : onRunning(onCluster));
    if (flags.json) printJson(benchJson(sections));
    else print(benchTable(sections));
    return missesOf(sections).length === 0 ? EXIT.done.status : EXIT.failed.status;
  } finally {
    await workspace.remove();
  }
}

/** The user's own cluster: whatever happens, what stood beside it goes. */
async function onRunning<T>(work: (client: ClusterClient) => Promise<T>): Promise<T> {
  const cluster = await Cluster.attach(loadConfig().project);
  const leave = () => {
    const names = BESIDE.map((what) => besideName(cluster.project, what));
    void run(['rm', '--force', ...names], { check: false }).finally(() =>
      process.exit(EXIT.interrupted.status),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
  return work(await ClusterClient.of(cluster));
}

async function onOwn<T>(work: (client: ClusterClient) => Promise<T>): Promise<T> {
  const build = await setUp(loadConfig());
  const env = { PORTICO_IMAGE_PREFIX: 'portico-bench', ...(await testEnvironment()), ...build };
  const cluster = await bringUp(
    'Building the images and starting a cluster for the bench',
    temporaryProject('bench'),
    env,
  );
  try {
    await becomeWhole(cluster);
    return await work(await ClusterClient.of(cluster));
  } finally {
    await step('Removing that cluster', () => cluster.destroy());
  }
}

/** @throws UsageError */
function optionsOf(flags: Flags): BenchOptions {
  const sizes = flags.sizes.split(',').map((size) => count(size, 'a count of APIs'));
  return {
    sizes: sizes.toSorted((a, b) => a - b),
    apis: count(flags.apis, 'a count of APIs'),
    rounds: count(flags.rounds, 'a number of rounds'),
    seconds: count(flags.seconds, 'a number of seconds'),
    queries: count(flags.queries, 'a number of queries'),
    mebibytes: count(flags.mib, 'a number of MiB'),
  };
}

function count(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`"${text}" is not ${what}.`);
  return value;
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run as runTests } from 'node:test';
import { spec } from 'node:test/reporters';
import type { Cluster } from '../../drills/cluster.ts';
import { PorticoError } from '../../platform/errors.ts';
import { type Config, composeOf, loadConfig, ROOT, VAR } from '../config.ts';
import { EXIT, UsageError } from '../exit.ts';
import { becomeWhole, bringUp } from '../own-cluster.ts';
import { execute } from '../process.ts';
import { ensureChromium } from '../setup/chromium.ts';
import { setUp } from '../setup/setup.ts';
import { say, step } from '../terminal.ts';
import { testEnvironment } from '../test/environment.ts';
import { findTests, kindOf } from '../test/files.ts';
import { staleProjects, temporaryProject } from '../test/project.ts';

/** Everything in one run: set-up, format, lint, types, then all tests on a cluster of their own, which goes again. */
export async function test(wanted: string[], options: { check: boolean }): Promise<number> {
  const config = loadConfig();
  const files = await findTests(ROOT, wanted, process.env.INIT_CWD ?? process.cwd());
  if (files.length === 0) throw new UsageError(`There is no test in ${wanted.join(', ')}.`);
  const needs = new Set(files.map(kindOf));

  if (options.check) await check();
  if (needs.size === 1 && needs.has('unit')) return runner(files, new AbortController().signal);

  const build = await setUp(config);
  const browser = needs.has('browser') ? await ensureChromium() : undefined;
  await removeStale(config);
  await rm(join(VAR, 'failed'), { recursive: true, force: true });
  const environment = { ...(await testEnvironment()), ...build };
  // What the test files, and clusters that they bring up themselves, are to agree on.
  Object.assign(process.env, environment, browser && { PORTICO_CHROMIUM: browser });
  if (!needs.has('cluster') && !needs.has('browser')) return runner(files, new AbortController().signal);
  return onItsOwnCluster(environment, (signal) => runner(files, signal));
}

async function check(): Promise<void> {
  await step('Checking format and lint', () => tool('biome', ['check', '.']));
  await step('Checking types', () => tool('tsc', ['--noEmit']));
}

async function tool(name: string, args: string[]): Promise<void> {
  const { code, stdout, stderr } = await execute(join(ROOT, 'node_modules/.bin', name), args, {
    cwd: ROOT,
    check: false,
  });
  if (code === 0) return;
  say([stdout, stderr].join('\n').trim());
  throw new PorticoError(
    'internal',
    `\`${name} ${args.join(' ')}\` found what stands above. Much of it: npm run format`,
  );
}

async function removeStale(config: Config): Promise<void> {
  for (const project of await staleProjects()) {
    await step(`Removing ${project}, left behind by a run that was killed`, () =>
      composeOf({ ...config, project }).down(['--volumes', '--remove-orphans', '--timeout', '2']),
    );
  }
}

/** The cluster goes away whatever happens: at the end, when it cannot be brought up, and by a signal. */
async function onItsOwnCluster(
  environment: Record<string, string | undefined>,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const project = temporaryProject('test');
  let cluster: Cluster | undefined;
  try {
    cluster = await bringUp('Building the images and starting a cluster for the tests', project, environment);
    await becomeWhole(cluster);
    process.env.PORTICO_TEST_PROJECT = project;
    const status = await work(interrupted.signal);
    return interrupted.signal.aborted ? EXIT.interrupted.status : status;
  } catch (error) {
    if (interrupted.signal.aborted) return EXIT.interrupted.status;
    if (cluster) {
      const logs = join(VAR, 'failed', 'cluster');
      await cluster.saveLogs(logs);
      say(`The logs of every container are in ${logs}`);
    }
    throw error;
  } finally {
    await cluster?.destroy();
  }
}

/** One runner for all files, one after the other, in the given order. Its summary is the last that is printed. */
function runner(files: string[], signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let failed = false;
    const stream = runTests({ files, concurrency: 1, cwd: ROOT, signal });
    stream.on('test:fail', (data) => {
      // A test marked as to do may fail.
      if (data.todo === undefined || data.todo === false) failed = true;
    });
    stream.once('error', reject);
    const report = stream.compose(new spec());
    report.once('error', reject);
    report.once('end', () => resolve(failed ? EXIT.failed.status : EXIT.done.status));
    report.pipe(process.stdout, { end: false });
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import { PorticoError } from '../../platform/errors.ts';
import { type Config, composeOf, loadConfig } from '../config.ts';
import { type Compose, gist } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { checkPorts } from '../setup/ports.ts';
import { setUp } from '../setup/setup.ts';
import { judge, type Verdict } from '../status/judge.ts';
import { observe } from '../status/observe.ts';
import { print, printJson, say, step } from '../terminal.ts';

/** Five minutes: the first start of three databases on a slow disk took less than one. */
const DEADLINE_MS = 300_000;
/** A reason that stays this long while the cluster comes up is worth telling. */
const LOOK_EVERY_MS = 1_000;

export async function up(options: { portals?: string; json?: boolean }): Promise<number> {
  const config = loadConfig();
  const scale = parsePortals(options.portals);
  await checkPorts(config, composeOf(config));
  const build = await setUp(config);
  const compose = composeOf(config, { ...build, ...scale });

  await step('Building the images', (latest) => buildImages(compose, latest));
  await step('Starting the containers', (latest) => start(compose, latest));
  const verdict = await step('Waiting until the cluster is whole', (latest) =>
    waitWhole(compose, config, latest),
  );

  if (options.json) printJson({ project: config.project, address: config.address, ...verdict });
  else print(farewell(config));
  return 0;
}

/** The command's own number wins over .env's for this run, as with `docker compose up --scale`. */
function parsePortals(portals: string | undefined): Record<string, string> {
  if (portals === undefined) return {};
  if (!/^[1-9]\d?$/.test(portals))
    throw new UsageError(`--portals takes a number from 1 to 99, not ${portals}.`);
  return { PORTICO_PORTALS: portals };
}

async function buildImages(compose: Compose, latest: (line: string) => void): Promise<void> {
  const result = await compose.compose(['--progress', 'plain', 'build'], {
    onLine: latest,
    deadlineMs: 1_800_000,
    check: false,
  });
  if (result.code === 0) return;
  const certificate = /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER|certificate/i.test(result.stderr)
    ? '\nA TLS-inspecting proxy seems to be in the way: name its CA bundle in NODE_EXTRA_CA_CERTS and run this again.'
    : '';
  throw new PorticoError('internal', `The images could not be built: ${gist(result)}${certificate}`);
}

async function start(compose: Compose, latest: (line: string) => void): Promise<void> {
  const result = await compose.up(['--no-build', '--remove-orphans'], { onLine: latest, check: false });
  if (result.code === 0) return;
  const logs = await compose.logs(['init', 'migrate'], ['--tail', '8']);
  throw new PorticoError(
    'internal',
    `The containers could not be started: ${gist(result)}\n${logs.stdout}`.trimEnd(),
  );
}

async function waitWhole(compose: Compose, config: Config, latest: (line: string) => void): Promise<Verdict> {
  const began = performance.now();
  let told = '';
  for (;;) {
    const verdict = judge(await observe(compose, config));
    if (verdict.state === 'whole') return verdict;
    const [reason = ''] = verdict.reasons;
    latest(`still waiting: ${verdict.reasons.join(' · ')}`);
    if (reason !== told) say(`    ${reason}`);
    told = reason;
    const failed = verdict.parts.find((part) => part.role === 'failed');
    if (failed || performance.now() - began > DEADLINE_MS) {
      throw new PorticoError('internal', await whatIsWrong(compose, verdict));
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Every part that is not well, each with the last it said. */
async function whatIsWrong(compose: Compose, verdict: Verdict): Promise<string> {
  const ill = verdict.parts.filter((part) => !part.ok && part.state !== 'missing');
  const words = [`The cluster is not whole:`, ...verdict.reasons.map((reason) => `  ${reason}`)];
  for (const service of new Set(ill.map((part) => part.service))) {
    const { stdout } = await compose.logs([service], ['--tail', '8']);
    words.push('', `The last of ${service}’s log (all of it: npx portico logs ${service}):`, stdout);
  }
  return words.join('\n');
}

function farewell(config: Config): string {
  return [
    '',
    `Portico is up: ${config.address}`,
    '  The certificate is the cluster’s own, so a browser asks once whether to trust it.',
    '  Sign in as `admin`; the password: npx portico token --admin-password',
    '  Look at it: npx portico status · Stop it: npm stop (keeps all data)',
  ].join('\n');
}

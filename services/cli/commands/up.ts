import { setTimeout as pause } from 'node:timers/promises';
import { PorticoError } from '../../platform/errors.ts';
import {
  type BalancerPlan,
  frontsOf,
  hasSecond,
  planBalancers,
  profilesFor,
  removeSecond,
  wantsTwo,
} from '../balancers.ts';
import { buildImages } from '../build.ts';
import { type Config, composeOf, loadConfig } from '../config.ts';
import { type Compose, gist } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { CANDIDATE, idOf, namesOf, tagged } from '../rollout/images.ts';
import { behind, kindOf } from '../rollout/plan.ts';
import { engineFacts } from '../setup/facts.ts';
import { checkPorts } from '../setup/ports.ts';
import { setUp } from '../setup/setup.ts';
import { judge, type Verdict } from '../status/judge.ts';
import { askFront, observe } from '../status/observe.ts';
import { plain, print, printJson, shorten, step } from '../terminal.ts';

/** Five minutes: the first start of three databases on a slow disk took less than one. */
const DEADLINE_MS = 300_000;
/** The front door is asked often, because that is cheap; every part is asked at this pace, because that is not. */
const DOOR_EVERY_MS = 1_000;
const PARTS_EVERY_MS = 6_000;
const LOG_LINES = 6;

export interface UpOptions {
  portals?: string;
  twoLbs?: boolean;
  oneLb?: boolean;
  json?: boolean;
}

export async function up(options: UpOptions): Promise<number> {
  const config = loadConfig();
  const scale = parsePortals(options.portals);
  await preflight(config, options);
  const build = await setUp(config);
  // Once more: an engine that was started only now remembers what the cluster had.
  const balancers = await preflight(config, options);
  const settings = { ...build, ...scale, ...profilesFor(config, balancers.two) };
  const compose = composeOf(config, settings);

  const kept = await step('Building the images', (latest) => buildBeside(compose, config, settings, latest));
  if (balancers.remove) await step('Taking the second load balancer away', () => removeSecond(compose));
  await step('Starting the containers', (latest) => start(compose, kept.start, latest));
  const verdict = await step('Waiting until the cluster is whole', (latest) =>
    waitWhole(compose, config, latest),
  );

  if (options.json)
    printJson({ project: config.project, address: config.address, ...verdict, waiting: kept.waiting });
  else print([farewell(verdict.serving), ...kept.words].join('\n\n'));
  return 0;
}

/** Looks, and changes nothing. */
async function preflight(config: Config, { twoLbs, oneLb }: UpOptions): Promise<BalancerPlan> {
  if (twoLbs && oneLb) throw new UsageError('--two-lbs or --one-lb: choose one of them.');
  const compose = composeOf(config);
  const plan = planBalancers({
    asked: twoLbs ? 'two' : oneLb ? 'one' : undefined,
    profile: wantsTwo(config),
    present: (await engineFacts()).state === 'running' && (await hasSecond(compose)),
  });
  await checkPorts(config, frontsOf(config, plan.two), compose);
  return plan;
}

/** The command's own number wins over .env's for this run, as with `docker compose up --scale`. */
function parsePortals(portals: string | undefined): Record<string, string> {
  if (portals === undefined) return {};
  if (!/^[1-9]\d?$/.test(portals))
    throw new UsageError(`--portals takes a number from 1 to 99, not ${portals}.`);
  return { PORTICO_PORTALS: portals };
}

interface Kept {
  /** For `docker compose up`. */
  start: string[];
  /** Images that the sources make and nothing runs yet. */
  waiting: string[];
  words: string[];
}

/**
 * A cluster that runs keeps its images: compose would make every container of a changed image anew at once, all three
 * database nodes among them. One at a time is what a rollout is for.
 */
async function buildBeside(
  compose: Compose,
  config: Config,
  settings: Record<string, string | undefined>,
  latest: (line: string) => void,
): Promise<Kept> {
  const containers = (await compose.ps()).filter(({ service }) => kindOf(service) !== undefined);
  if (!containers.some(({ state }) => state === 'running')) {
    await buildImages(compose, latest);
    return { start: [], waiting: [], words: [] };
  }
  await buildImages(composeOf(config, { ...settings, PORTICO_VERSION: CANDIDATE }), latest);
  const names = namesOf(containers);
  const wanted = new Map<string, string>();
  for (const name of names) wanted.set(name, (await idOf(name)) ?? '');
  const half = behind(containers, wanted);
  if (half.length > 0)
    return {
      start: ['--no-recreate'],
      waiting: [],
      words: [
        `Not the images that their names stand for, but others are run by ${half.join(', ')}: a rollout was broken off. Nothing was replaced. On: npx portico rollout · Back: npx portico rollback`,
      ],
    };
  const waiting: string[] = [];
  for (const name of names) {
    const newer = await idOf(tagged(name, CANDIDATE));
    if (newer !== undefined && newer !== wanted.get(name)) waiting.push(name);
  }
  return {
    start: [],
    waiting,
    words:
      waiting.length === 0
        ? []
        : [
            'The sources make other images than those that run, and these go on. The new ones, one part at a time: npx portico rollout',
          ],
  };
}

async function start(compose: Compose, how: string[], latest: (line: string) => void): Promise<void> {
  const result = await compose.up(['--no-build', '--remove-orphans', ...how], {
    onLine: latest,
    check: false,
  });
  if (result.code === 0) return;
  const logs = await compose.logs(['init', 'migrate'], ['--tail', '8']);
  throw new PorticoError(
    'internal',
    `The containers could not be started: ${gist(result)}\n${logs.stdout}`.trimEnd(),
  );
}

async function waitWhole(compose: Compose, config: Config, latest: (line: string) => void): Promise<Verdict> {
  const began = performance.now();
  let lookedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const door = await askFront(config.fronts.lb);
    const isOpen = 'answer' in door && door.answer === 200;
    if (isOpen || performance.now() - lookedAt > PARTS_EVERY_MS) {
      lookedAt = performance.now();
      const verdict = judge(await observe(compose, config));
      if (verdict.state === 'whole') return verdict;
      latest(`waiting for ${verdict.reasons.join(' · ')}`);
      const failed = verdict.parts.some((part) => part.role === 'failed');
      if (failed || performance.now() - began > DEADLINE_MS) {
        throw new PorticoError('internal', await whatIsWrong(compose, verdict));
      }
    }
    await pause(DOOR_EVERY_MS);
  }
}

/** Every part that is not well, each with the last it said. */
async function whatIsWrong(compose: Compose, verdict: Verdict): Promise<string> {
  const ill = verdict.parts.filter((part) => !part.ok && part.state !== 'missing');
  const words = ['The cluster is not whole:', ...verdict.reasons.map((reason) => `  ${reason}`)];
  for (const service of new Set(ill.map((part) => part.service))) {
    const { stdout } = await compose.logs([service], ['--tail', String(LOG_LINES), '--no-log-prefix']);
    words.push('', `The last of its log (all of it: npx portico logs ${service}):`);
    words.push(...stdout.split('\n').map((line) => `  ${service}: ${shorten(sentenceOf(plain(line)))}`));
  }
  return words.join('\n');
}

/** Of a line in JSON its sentence, of any other all. The engine's time stands before either. */
function sentenceOf(line: string): string {
  const [, time = '', json] = /^(\S+) (\{.*\})$/.exec(line) ?? [];
  if (json === undefined) return line;
  try {
    const { level, msg, message } = JSON.parse(json) as Record<string, unknown>;
    return `${time.slice(11, 19)} ${level ?? ''} ${msg ?? message ?? json}`;
  } catch {
    return line;
  }
}

function farewell(addresses: string[]): string {
  return [
    '',
    `Portico is up: ${addresses.join(' and ')}`,
    '  The certificate is the cluster’s own, so a browser asks once whether to trust it.',
    '  Sign in as `admin`; the password: npx portico token --admin-password',
    '  Look at it: npx portico status · Stop it: npm stop (keeps all data)',
  ].join('\n');
}

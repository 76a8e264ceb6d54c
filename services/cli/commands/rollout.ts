/** `portico rollout`, `portico rollback`. */
import { PorticoError } from '../../platform/errors.ts';
import { buildImages } from '../build.ts';
import { type Config, composeOf, loadConfig } from '../config.ts';
import { type Container, run } from '../docker.ts';
import { EXIT, UsageError } from '../exit.ts';
import { withdrawDrain } from '../portals.ts';
import { Engine } from '../rollout/engine.ts';
import {
  CANDIDATE,
  changesTo,
  hasTag,
  type ImageChange,
  isReal,
  namesOf,
  PREVIOUS,
  switchTo,
  tagged,
  UNDOING,
  untag,
} from '../rollout/images.ts';
import { concerning, KINDS, type Kind, type Part, wayBack } from '../rollout/plan.ts';
import {
  type Cluster,
  type Outcome,
  partsOf,
  planned,
  type RolloutOptions,
  rollOut,
} from '../rollout/rollout.ts';
import { setUp } from '../setup/setup.ts';
import { judge } from '../status/judge.ts';
import { observe } from '../status/observe.ts';
import { print, printJson, say, step } from '../terminal.ts';

export interface Flags {
  only?: string;
  tag?: string;
  dryRun?: boolean;
  json?: boolean;
}

export async function rollout(flags: Flags): Promise<number> {
  const only = kindsOf(flags.only);
  const { cluster, containers } = await preflight({ whole: true });
  if (flags.tag === undefined) await build(cluster.config);
  const names = namesOf(containers);
  // A tag that no image has is a slip of the pen, not a rollout of nothing.
  if (flags.tag !== undefined && !(await hasTag(names, flags.tag)))
    throw new UsageError(`No image of this cluster has the tag ${flags.tag}: ${names.join(', ')}.`);
  const changes = await changesTo(names, flags.tag ?? CANDIDATE);
  if (!flags.dryRun) await untag(names, UNDOING);
  return carryOut(cluster, containers, changes, flags, { only, migrate: true });
}

export async function rollback(flags: Omit<Flags, 'tag'>): Promise<number> {
  const only = kindsOf(flags.only);
  const { cluster, containers } = await preflight({ whole: false });
  const names = namesOf(containers);
  const again = await hasTag(names, UNDOING);
  if (again) say('The last rollback was broken off; this one goes on where it was.');
  const changes = await changesTo(names, again ? UNDOING : PREVIOUS);
  if (!again && !changes.some(isReal))
    throw new UsageError(
      'There is nothing to go back to: no image of before is kept that differs from what runs.',
    );
  if (!flags.dryRun) for (const { name, to } of changes) await run(['tag', to, tagged(name, UNDOING)]);
  const status = await carryOut(cluster, containers, changes, flags, { only, migrate: false, undoing: true });
  if (!flags.dryRun) await untag(names, UNDOING);
  return status;
}

/** Nothing is changed yet. @param whole false: what is ill may be what is to be undone, and each part is looked at in its turn */
async function preflight({
  whole,
}: {
  whole: boolean;
}): Promise<{ cluster: Cluster; containers: Container[] }> {
  const config = loadConfig();
  const compose = composeOf(config);
  const engine = await Engine.connect();
  await step('Looking whether the cluster is whole (nothing is changed yet)', async () => {
    const { state, reasons } = judge(await observe(compose, config));
    if (state !== 'whole' && !whole) return say(`  Not all is well: ${reasons.join('; ')}`);
    if (state !== 'whole')
      throw new PorticoError(
        'internal',
        `A rollout begins with a whole cluster; this one is not:\n${reasons.map((reason) => `  ${reason}`).join('\n')}`,
      );
  });
  const containers = await compose.ps();
  await insistOnOwnImages(config, namesOf(containers));
  return { cluster: { compose, config, engine }, containers };
}

/** Names of images are moved. @throws UsageError: another cluster's containers are made from the same names */
async function insistOnOwnImages({ project }: Config, names: readonly string[]): Promise<void> {
  const format = '{{.Image}}\t{{.Label "com.docker.compose.project"}}';
  const lines = (await run(['ps', '--all', '--format', format])).stdout
    .split('\n')
    .map((line) => line.split('\t'));
  const other = lines.find(
    ([image = '', whose = '']) => whose !== '' && whose !== project && names.includes(fullName(image)),
  );
  if (other === undefined) return;
  throw new UsageError(
    `The project ${other[1]} runs the same images (${other[0]}), and a rollout here would change what they are there. Give one of the two clusters a PORTICO_IMAGE_PREFIX of its own in its .env.`,
  );
}

/** `docker ps` leaves `:latest` out. */
const fullName = (image: string): string => (/:[^:/]+$/.test(image) ? image : `${image}:latest`);

async function build(config: Config): Promise<void> {
  const settings = await setUp(config);
  const compose = composeOf(config, { ...settings, PORTICO_VERSION: CANDIDATE });
  await step('Building the images', (latest) => buildImages(compose, latest));
}

async function carryOut(
  cluster: Cluster,
  containers: readonly Container[],
  allChanges: readonly ImageChange[],
  flags: Flags,
  options: RolloutOptions,
): Promise<number> {
  const changes = concerning(allChanges, containers, options.only ?? KINDS);
  const parts = await partsOf(cluster);
  const plan = planned(parts, changes, options);
  if (plan.length === 0) {
    // One that was broken off before it reached the first part: what the names stand for is all that is left of it.
    if (changes.some(isReal) && !flags.dryRun) await switchTo(changes, wayBack(parts, changes));
    tell({ replaced: [], undone: undefined, stuck: [] }, [], flags, 'Every part runs these images already.');
    return EXIT.done.status;
  }
  say(`One at a time: ${plan.map(({ name }) => name).join(', ')}.`);
  if (plan.some(({ service }) => service === 'lb') && containers.every(({ service }) => service !== 'lb-2'))
    say(
      'With one load balancer nobody is answered for a second or two while it is replaced; a second one (up --two-lbs) bridges that.',
    );
  if (flags.dryRun) {
    tell({ replaced: [], undone: undefined, stuck: [] }, plan, flags, 'Nothing was changed.');
    return EXIT.done.status;
  }
  say('Changing things now.');
  const ways = options.undoing
    ? 'On: npx portico rollback'
    : 'On: npx portico rollout · Back: npx portico rollback';
  const outcome = await unlessBrokenOff(cluster, ways, (onPart, signal) =>
    rollOut(cluster, changes, { ...options, onPart, signal }),
  );
  const bad = options.undoing ? 'The images of before are no good either' : 'The new images are no good';
  const sentence =
    outcome.undone === undefined
      ? `Done: ${outcome.replaced.join(', ')}. Back to the images of before: npx portico rollback`
      : outcome.stuck.length === 0
        ? `${bad}, and everything runs what it ran again.`
        : `${bad}, and not everything could be put back: ${outcome.stuck.join('; ')}\nOnce the cause is mended: npx portico rollout --tag ${tagOf(changes)}`;
  tell(outcome, plan, flags, sentence);
  return outcome.undone === undefined ? EXIT.done.status : EXIT.failed.status;
}

/** The tag by which the cluster's images are known: what runs when everything is well. */
const tagOf = ([change]: readonly ImageChange[]): string =>
  /:([^:/]+)$/.exec(change?.name ?? '')?.[1] ?? 'latest';

/** Ctrl-C leaves everything where it is, but for the drain: a portal that is left is to serve. */
async function unlessBrokenOff<T>(
  { compose }: Cluster,
  ways: string,
  work: (onPart: (part: Part) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let current: Part | undefined;
  const broken = new AbortController();
  const leave = async () => {
    broken.abort();
    say(`Broken off. ${ways}`);
    if (current?.service === 'portal') await withdrawDrain(compose, current.id).catch(() => {});
    process.exit(EXIT.interrupted.status);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, leave);
  try {
    return await work((part) => {
      current = part;
    }, broken.signal);
  } finally {
    for (const signal of signals) process.off(signal, leave);
  }
}

function tell(outcome: Outcome, plan: readonly Part[], flags: Flags, sentence: string): void {
  if (flags.json) printJson({ ...outcome, planned: plan.map(({ name }) => name) });
  else print(sentence);
}

function kindsOf(text: string | undefined): readonly Kind[] {
  if (text === undefined) return KINDS;
  return text.split(',').map((word) => {
    const kind = KINDS.find((one) => one === word.trim());
    if (kind === undefined) throw new UsageError(`--only takes ${KINDS.join(', ')}, not "${word}".`);
    return kind;
  });
}

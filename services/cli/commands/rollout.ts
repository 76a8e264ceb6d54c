/** `portico rollout`, `portico rollback`. */
import { PorticoError } from '../../platform/errors.ts';
import { type Config, composeOf, loadConfig } from '../config.ts';
import { type Compose, type Container, gist } from '../docker.ts';
import { EXIT, UsageError } from '../exit.ts';
import { Engine } from '../rollout/engine.ts';
import { CANDIDATE, changesTo, type ImageChange, namesOf, PREVIOUS, tagged } from '../rollout/images.ts';
import { KINDS, type Kind, type Part } from '../rollout/plan.ts';
import { type Cluster, type Outcome, partsOf, planned, rollOut } from '../rollout/rollout.ts';
import { setUp } from '../setup/setup.ts';
import { judge } from '../status/judge.ts';
import { observe } from '../status/observe.ts';
import { print, printJson, say, step } from '../terminal.ts';

const BUILD_DEADLINE_MS = 1_800_000;

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
  const changes = await changesTo(cluster.engine, namesOf(containers), flags.tag ?? CANDIDATE);
  if (flags.tag !== undefined) await insistOnTag(cluster.engine, containers, flags.tag);
  return carryOut(cluster, containers, changes, only, flags, { migrate: true });
}

export async function rollback(flags: Omit<Flags, 'tag'>): Promise<number> {
  const { cluster, containers } = await preflight({ whole: false });
  const changes = await changesTo(cluster.engine, namesOf(containers), PREVIOUS);
  if (changes.length === 0)
    throw new UsageError(
      'There is nothing to go back to: no image of before is kept that differs from what runs.',
    );
  return carryOut(cluster, containers, changes, kindsOf(flags.only), flags, {
    migrate: false,
    undoing: true,
  });
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
  return { cluster: { compose, config, engine }, containers: await compose.ps() };
}

async function build(config: Config): Promise<void> {
  const settings = await setUp(config);
  const compose: Compose = composeOf(config, { ...settings, PORTICO_VERSION: CANDIDATE });
  await step('Building the images', async (latest) => {
    const result = await compose.compose(['--progress', 'plain', 'build'], {
      onLine: latest,
      deadlineMs: BUILD_DEADLINE_MS,
      check: false,
    });
    if (result.code !== 0)
      throw new PorticoError(
        'internal',
        `The images could not be built, and nothing was changed: ${gist(result)}`,
      );
  });
}

/** A tag that no image has is a slip of the pen, not a rollout of nothing. */
async function insistOnTag(engine: Engine, containers: readonly Container[], tag: string): Promise<void> {
  for (const name of namesOf(containers)) {
    const found = await engine.image(tagged(name, tag)).catch(() => undefined);
    if (found) return;
  }
  throw new UsageError(`No image of this cluster has the tag ${tag}: ${namesOf(containers).join(', ')}.`);
}

async function carryOut(
  cluster: Cluster,
  containers: readonly Container[],
  changes: readonly ImageChange[],
  only: readonly Kind[],
  flags: Flags,
  options: { migrate: boolean; undoing?: boolean },
): Promise<number> {
  const plan = planned(await partsOf(cluster), containers, changes, only);
  if (plan.length === 0) {
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
  const outcome = await rollOut(cluster, changes, { only, ...options });
  const sentence =
    outcome.undone === undefined
      ? `Done: ${outcome.replaced.join(', ')}. Back to the images of before: npx portico rollback`
      : outcome.stuck.length === 0
        ? 'The new images are no good, and everything runs the ones of before again.'
        : `The new images are no good, and not everything could be put back: ${outcome.stuck.join('; ')}`;
  tell(outcome, plan, flags, sentence);
  return outcome.undone === undefined ? EXIT.done.status : EXIT.failed.status;
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

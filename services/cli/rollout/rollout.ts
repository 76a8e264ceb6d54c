/** Every part replaced, one at a time; and put back, when one of the new ones is no good. */
import { PorticoError } from '../../platform/errors.ts';
import type { Config } from '../config.ts';
import { type Compose, type Container, run } from '../docker.ts';
import { patiently, withdrawDrain } from '../portals.ts';
import { judge } from '../status/judge.ts';
import { observe } from '../status/observe.ts';
import { say, step } from '../terminal.ts';
import type { Engine } from './engine.ts';
import { type ImageChange, knownId, switchBack, switchTo } from './images.ts';
import {
  concerning,
  KINDS,
  type Kind,
  kindOf,
  type Part,
  planRollback,
  planRollout,
  wayBack,
  whyWait,
} from './plan.ts';
import { replacePart } from './replace.ts';

export interface Cluster {
  compose: Compose;
  config: Config;
  engine: Engine;
  readyMs?: number;
}

export interface Outcome {
  replaced: string[];
  /** Why it went back; undefined: all is done. */
  undone: string | undefined;
  /** Parts that could not be put back either, with the reason. */
  stuck: string[];
}

const MIGRATE_DEADLINE_MS = 180_000;
/** As long as a database node may take to come back by itself. */
const OTHERS_DEADLINE_MS = 60_000;
const OTHERS_EVERY_MS = 500;

/** The parts as they are, with the image that their image's name stands for. */
export async function partsOf({ compose, config }: Pick<Cluster, 'compose' | 'config'>): Promise<Part[]> {
  const observed = await observe(compose, config);
  const well = new Map(judge(observed).parts.map(({ container, ok }) => [container, ok]));
  const leads = new Set<string>();
  for (const [id, told] of observed.agents)
    if ('answer' in told && told.answer.role === 'primary') leads.add(id);
  const writer = [...observed.portals.values()].flatMap((told) =>
    'answer' in told && told.answer.database.writer ? [told.answer.database.writer] : [],
  )[0];
  return Promise.all(
    observed.containers
      .filter((one) => kindOf(one.service) !== undefined)
      .map(async (one) => ({
        id: one.id,
        name: nameOf(one),
        service: one.service,
        image: one.image,
        running: one.imageId,
        wanted: await knownId(one.image),
        leads: leads.has(one.id) || one.service === writer,
        ill: well.get(one.name) === false,
      })),
  );
}

const nameOf = (one: Container): string =>
  one.service === 'portal' || one.service === 'agent' ? `${one.service}-${one.index}` : one.service;

/** What would be replaced once the images are switched. */
export function planned(
  parts: readonly Part[],
  changes: readonly ImageChange[],
  { only = KINDS, undoing = false }: Pick<RolloutOptions, 'only' | 'undoing'>,
): Part[] {
  const to = new Map(changes.map((change) => [change.name, change.to]));
  const wanting = parts.map((part) => ({ ...part, wanted: to.get(part.image) ?? part.wanted }));
  return undoing ? planRollback(wanting, only) : planRollout(wanting, only);
}

export interface RolloutOptions {
  only?: readonly Kind[];
  /** Whether the new release's schema is brought in first: expand only, so that the old one goes on. */
  migrate: boolean;
  /** A rollback: what it finds ill may be what it is to replace. */
  undoing?: boolean;
  /** Aborted: everything is left where it is, and nothing is put back. */
  signal?: AbortSignal;
  /** Told of each part before it is touched. */
  onPart?: (part: Part) => void;
}

export async function rollOut(
  cluster: Cluster,
  allChanges: readonly ImageChange[],
  options: RolloutOptions,
): Promise<Outcome> {
  const { only = KINDS, migrate, undoing = false, onPart = () => {} } = options;
  const changes = concerning(allChanges, await cluster.compose.ps(), only);
  await switchTo(changes, wayBack(await partsOf(cluster), changes));
  const done: Part[] = [];
  const outcome: Outcome = { replaced: [], undone: undefined, stuck: [] };
  try {
    if (migrate) await step('migrate', () => oneShots(cluster));
    for (const part of planned(await partsOf(cluster), changes, options)) {
      await step(`Replacing ${part.name}`, async (latest) => {
        await othersAreWell(part, cluster, undoing, latest);
        onPart(part);
        done.push(part);
        await replacePart(part, { ...cluster, latest });
      });
      outcome.replaced.push(part.name);
    }
    return outcome;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    outcome.undone = (error as Error).message;
    say(`✗ ${outcome.undone}`);
  }
  outcome.replaced = [];
  say('Going back to the images of before.');
  await putBack(done.reverse(), cluster, outcome);
  await switchBack(changes);
  return outcome;
}

/** Each to the image that it ran itself, which after a rollout that was broken off is not the same for all of a kind. */
async function putBack(parts: readonly Part[], cluster: Cluster, outcome: Outcome): Promise<void> {
  const stuck = new Set<Kind | undefined>();
  for (const part of parts) {
    const kind = kindOf(part.service);
    try {
      // What keeps one portal from becoming ready would keep the next one, too, and that one serves.
      if (stuck.has(kind))
        throw new PorticoError('internal', 'left as it is, since the one before stands still');
      await step(`Putting ${part.name} back`, async (latest) => {
        await othersAreWell(part, cluster, true, latest);
        await run(['tag', part.running, part.image]);
        await replacePart(part, { ...cluster, latest });
      });
    } catch (error) {
      stuck.add(kind);
      outcome.stuck.push(`${part.name}: ${(error as Error).message}`);
      say(`✗ ${(error as Error).message}`);
      // When what it lacks comes back it is to serve by itself.
      if (kind === 'portal') await withdrawDrain(cluster.compose, part.id).catch(() => {});
    }
  }
}

/** @throws PorticoError: they did not become well in time, and the part was not touched */
async function othersAreWell(
  part: Part,
  { compose, config }: Cluster,
  undoing: boolean,
  latest: (line: string) => void,
): Promise<void> {
  let reason: string | undefined;
  await patiently(
    `${part.name}’s siblings are well`,
    OTHERS_DEADLINE_MS,
    async () => {
      const observed = await observe(compose, config);
      const ids = new Map(observed.containers.map(({ name, id }) => [name, id]));
      const others = judge(observed).parts.map((one) => ({ ...one, id: ids.get(one.container) ?? '' }));
      reason = whyWait(part, others, undoing);
      if (reason !== undefined) latest(`waits: ${reason}`);
      return reason === undefined;
    },
    OTHERS_EVERY_MS,
  ).catch((cause: unknown) => {
    throw new PorticoError('internal', `${part.name} was not touched, because of another: ${reason}`, {
      cause,
    });
  });
}

/** Secrets and schema, by the new release's own tools; both may run at any time. */
async function oneShots({ compose, engine }: Cluster): Promise<void> {
  for (const service of ['init', 'migrate']) {
    const old = (await compose.ps()).find((one) => one.service === service);
    if (old === undefined) continue;
    const id = await engine.replace(old.id);
    const { stdout } = await run(['wait', id], { deadlineMs: MIGRATE_DEADLINE_MS });
    if (stdout.trim() === '0') continue;
    const { stdout: words, stderr } = await run(['logs', '--tail', '5', id], { check: false });
    throw new PorticoError(
      'internal',
      `${service} of the new release failed:\n${words}\n${stderr}`.trimEnd(),
    );
  }
}

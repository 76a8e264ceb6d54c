/** A rollout of every part, and its rollback, as drills: new images that do what the old ones do. */
import { readConfig } from '../cli/config.ts';
import { run } from '../cli/docker.ts';
import { Engine } from '../cli/rollout/engine.ts';
import { changesTo, type ImageChange, namesOf, switchBack, tagged, untag } from '../cli/rollout/images.ts';
import { kindOf, type Kind as Part } from '../cli/rollout/plan.ts';
import { type Cluster as Rolled, rollOut } from '../cli/rollout/rollout.ts';
import { PorticoError } from '../platform/errors.ts';
import type { Cluster } from './cluster.ts';
import type { Fault } from './faults.ts';

const TAG = 'drill';
const BUILD_MS = 120_000;

/** Images whose ids are others, and whose content is the same. */
async function others(names: readonly string[]): Promise<ImageChange[]> {
  for (const name of names) {
    const input = `FROM ${name}\nLABEL portico.drill="${Date.now()}"\n`;
    await run(['build', '--tag', tagged(name, TAG), '-'], { input, deadlineMs: BUILD_MS });
  }
  return changesTo(names, TAG);
}

/** As `portico rollout` sees it, with the ports that this cluster has. */
async function seen(cluster: Cluster, engine: Engine): Promise<Rolled> {
  const config = readConfig(process.env, {});
  const fronts = { ...config.fronts };
  for (const { service, ports } of await cluster.parts()) {
    const published = ports[8443];
    if (published && (service === 'lb' || service === 'lb-2'))
      fronts[service] = { ...fronts[service], bind: published.host, httpsPort: published.port };
  }
  return { compose: cluster.compose, engine, config: { ...config, project: cluster.project, fronts } };
}

/** @param only these parts are replaced, and put back when the fault ends */
export function rolled(
  what: Pick<Fault, 'name' | 'target' | 'action' | 'danger' | 'watch'>,
  only: readonly Part[],
  promise: Fault['promise'],
): Fault {
  let changes: ImageChange[] = [];
  const replace = async (cluster: Cluster, wanted: readonly ImageChange[], undoing: boolean) => {
    const engine = await Engine.connect();
    const outcome = await rollOut(await seen(cluster, engine), wanted, { only, migrate: false, undoing });
    if (outcome.undone !== undefined) throw new PorticoError('internal', outcome.undone);
  };
  return {
    ...what,
    promise,
    async prepare(cluster) {
      const parts = (await cluster.parts()).filter(({ service }) => only.includes(kindOf(service) as Part));
      changes = await others(namesOf(parts));
    },
    inject: (cluster) => replace(cluster, changes, false),
    async heal(cluster) {
      await replace(
        cluster,
        changes.map(({ name, from, to }) => ({ name, from: to, to: from, previous: from })),
        true,
      );
      await forget(changes);
    },
  };
}

/** What a rollback would lead back to is what it was before the drill. */
async function forget(changes: readonly ImageChange[]): Promise<void> {
  await switchBack(changes);
  await untag(
    changes.map(({ name }) => name),
    TAG,
  );
}

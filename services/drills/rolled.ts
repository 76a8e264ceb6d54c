/** A rollout of every part, and its rollback, as drills: new images that do what the old ones do. */
import { readConfig } from '../cli/config.ts';
import { run } from '../cli/docker.ts';
import { Engine } from '../cli/rollout/engine.ts';
import { type ImageChange, namesOf, PREVIOUS, tagged } from '../cli/rollout/images.ts';
import { kindOf, type Kind as Part } from '../cli/rollout/plan.ts';
import { type Cluster as Rolled, rollOut } from '../cli/rollout/rollout.ts';
import { PorticoError } from '../platform/errors.ts';
import type { Cluster } from './cluster.ts';
import type { Fault } from './faults.ts';

const TAG = 'drill';
const BUILD_MS = 120_000;

/** An image whose id is another, and whose content is the same. */
async function another(engine: Engine, name: string): Promise<ImageChange> {
  const from = await engine.image(name);
  const input = `FROM ${name}\nLABEL portico.drill="${Date.now()}"\n`;
  await run(['build', '--tag', tagged(name, TAG), '-'], { input, deadlineMs: BUILD_MS });
  const to = await engine.image(tagged(name, TAG));
  const previous = await engine.image(tagged(name, PREVIOUS)).catch(() => undefined);
  return { name, from: from.Id, to: to.Id, previous: previous?.Id };
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
      const engine = await Engine.connect();
      const parts = (await cluster.parts()).filter(({ service }) => only.includes(kindOf(service) as Part));
      changes = [];
      for (const name of namesOf(parts)) changes.push(await another(engine, name));
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
  for (const { name, previous } of changes) {
    if (previous === undefined) await run(['rmi', tagged(name, PREVIOUS)], { check: false });
    else await run(['tag', previous, tagged(name, PREVIOUS)]);
    await run(['rmi', tagged(name, TAG)], { check: false });
  }
}

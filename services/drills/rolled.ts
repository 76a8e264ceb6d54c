/** A rollout of every part, and its rollback, as drills: new images that do what the old ones do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { run } from '../cli/docker.ts';
import { changesTo, type ImageChange, namesOf, switchBack, tagged, untag } from '../cli/rollout/images.ts';
import { kindOf, type Kind as Part } from '../cli/rollout/plan.ts';
import { PorticoError } from '../platform/errors.ts';
import type { Cluster } from './cluster.ts';
import type { Fault } from './faults.ts';

const PORTICO = fileURLToPath(new URL('../cli/portico.mjs', import.meta.url));
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

/** The operator's own command, in a process of its own: what it has to do stops no clock of the load. */
async function portico(cluster: Cluster, ...args: string[]): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, ...cluster.compose.env };
  for (const { service, ports } of await cluster.parts()) {
    const suffix = { lb: '', 'lb-2': '_2' }[service];
    if (suffix === undefined) continue;
    env.PORTICO_BIND = ports[8443]?.host;
    env[`PORTICO_HTTPS_PORT${suffix}`] = ports[8443]?.port.toString();
    env[`PORTICO_HTTP_PORT${suffix}`] = ports[8080]?.port.toString();
  }
  const child = spawn(process.execPath, [PORTICO, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0)
    throw new PorticoError('internal', `portico ${args[0]} ended with ${code}; what it said stands above.`);
}

/** @param only these parts are replaced, and put back when the fault ends */
export function rolled(
  what: Pick<Fault, 'name' | 'target' | 'action' | 'danger' | 'watch'>,
  only: readonly Part[],
  promise: Fault['promise'],
): Fault {
  let changes: ImageChange[] = [];
  const which = ['--only', only.join(',')];
  return {
    ...what,
    promise,
    async prepare(cluster) {
      const parts = (await cluster.parts()).filter(({ service }) => only.includes(kindOf(service) as Part));
      changes = await others(namesOf(parts));
    },
    inject: (cluster) => portico(cluster, 'rollout', '--tag', TAG, ...which),
    async heal(cluster) {
      await portico(cluster, 'rollback', ...which);
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

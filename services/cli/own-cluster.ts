/** A cluster that a test or a drill brings up beside whatever else runs here, and takes away again. */
import { Cluster, type Environment } from '../drills/cluster.ts';
import { until } from '../drills/until.ts';
import { whatIsMissing } from '../drills/whole.ts';
import { step } from './terminal.ts';

/** A first start on a slow disk took less than one minute; five are for a machine that does much else. */
const WHOLE_DEADLINE_MS = 300_000;

/** Brought up, not yet whole; it goes away with this process, also by Ctrl-C. */
export function bringUp(title: string, project: string, env: Environment): Promise<Cluster> {
  return step(title, (latest) => Cluster.create({ project, env, onLine: latest }));
}

export function becomeWhole(cluster: Cluster): Promise<number> {
  return step('Waiting until it is whole', (latest) =>
    until(
      'the cluster is whole',
      WHOLE_DEADLINE_MS,
      async () => {
        const missing = await whatIsMissing(cluster);
        latest(`waiting for ${missing}`);
        return missing ?? true;
      },
      1_000,
    ),
  );
}

import type { Database } from '../../platform/database/types.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import type { PeerSight, Peers } from '../../portal/operations/peers.ts';
import { type HealthSample, insertSample, SAMPLE_SECONDS } from '../../portal/operations/samples.ts';
import { count } from '../../portal/views/words.ts';
import type { Job } from '../types.ts';

export interface SampleParts {
  database: Database;
  volume: Volume;
  portals: Peers;
}

/** What the portals had answered in all, when they were last asked. */
type Totals = Map<string, number>;

/** Pure: the requests since the look before; a portal that was restarted began again from nothing. */
export function requestsSince(before: Totals, now: Totals): number {
  let requests = 0;
  for (const [name, total] of now) {
    const then = before.get(name) ?? total;
    requests += total >= then ? total - then : total;
  }
  return requests;
}

export function sampleHealthJob({ database, volume, portals }: SampleParts): Job {
  let before: { at: number; totals: Totals } | undefined;
  return {
    name: 'sample-health',
    title: 'Note how the cluster is, for the charts',
    schedule: `*/${SAMPLE_SECONDS} * * * * *`,
    async run({ fence }) {
      const seen = (await portals.look()).filter(({ listed }) => listed);
      const answered = seen.filter((one) => one.answered);
      const totals: Totals = new Map(
        answered.map(({ name, readiness }) => [name, readiness?.requests.total ?? 0]),
      );
      const at = performance.now();
      // From long ago it says nothing about now.
      const recent = before && at - before.at < 4 * SAMPLE_SECONDS * 1000 ? before : undefined;
      const sample: Omit<HealthSample, 'at'> = {
        portals: seen.length,
        portalsServing: answered.filter(({ readiness }) => readiness?.full.open).length,
        databasesSynced: database.nodes().filter(({ state }) => state === 'synced').length,
        requestsPerSecond: recent ? requestsSince(recent.totals, totals) / ((at - recent.at) / 1000) : null,
        latencyMs: slowest(answered),
        freeBytes: volume.state().spare ?? null,
      };
      before = { at, totals };
      await database.write(async (tx) => {
        await fence.guard(tx);
        await insertSample(tx, sample);
      });
      return `${sample.portalsServing} of ${count(sample.portals, 'portal')} serve, ${sample.databasesSynced} database nodes are synced.`;
    },
  };
}

function slowest(answered: PeerSight[]): number | null {
  const times = answered.flatMap(({ latencyMs }) => latencyMs ?? []);
  return times.length === 0 ? null : Math.max(...times);
}

import type { Database } from '../../platform/database/types.ts';
import type { Traffic } from '../drain.ts';
import type { GatePlan } from '../gate.ts';
import type { Facts } from './facts.ts';
import type { Readiness } from './types.ts';

/** Everything that this portal says of itself, as it stands now. */
export function readiness(self: {
  node: string;
  version: string;
  plan: GatePlan;
  facts: Facts;
  database: Database;
  traffic: Traffic;
}): Readiness {
  const { ok, reason, freeBytes } = self.facts.volume();
  return {
    node: self.node,
    version: self.version,
    full: self.plan.full,
    reading: self.plan.reading,
    uptime: Math.round(process.uptime()),
    memory: process.memoryUsage.rss(),
    requests: { running: self.traffic.running, total: self.traffic.total },
    volume: { ok, reason, freeBytes },
    database: { writer: self.database.writer(), nodes: self.database.nodes() },
  };
}

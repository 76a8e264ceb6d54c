import type { Database } from '../../platform/database/types.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import type { Traffic } from '../drain.ts';
import type { GatePlan } from '../gate.ts';
import type { Readiness } from './types.ts';

export interface ReadinessParts {
  node: string;
  version: string;
  plan(): GatePlan;
  volume: Pick<Volume, 'state'>;
  database: Pick<Database, 'nodes' | 'writer' | 'silentMs'>;
  /** The last reconcile's verdict. */
  media(): { ok: boolean; reason: string };
  traffic: Traffic;
  serving(): Readiness['generation'];
}

/** Everything that this portal says of itself, as it stands now. */
export function readinessOf(parts: ReadinessParts): Readiness {
  const { full, reading } = parts.plan();
  const { writable, reason, spare } = parts.volume.state();
  const media = parts.media();
  const generation = parts.serving();
  return {
    node: parts.node,
    version: parts.version,
    full,
    reading,
    uptime: Math.round(process.uptime()),
    memory: process.memoryUsage.rss(),
    requests: { running: parts.traffic.running, total: parts.traffic.total },
    volume: { ok: writable, reason: writable && (spare ?? 1) > 0 ? '' : reason, freeBytes: spare },
    media: { ok: media.ok, reason: media.reason },
    database: {
      writer: parts.database.writer(),
      nodes: parts.database.nodes(),
      silentMs: parts.database.silentMs(),
    },
    ...(generation && { generation }),
  };
}

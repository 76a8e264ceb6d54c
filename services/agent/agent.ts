import { ulid } from 'ulid';
import type { Database } from '../platform/database/types.ts';
import { holdLease } from '../platform/lease/lease.ts';
import type { LeaseTiming } from '../platform/lease/plan.ts';
import type { Logger } from '../platform/log.ts';
import { Runner } from './runner.ts';
import { startScheduler } from './scheduler.ts';
import type { AgentReadiness, Job } from './types.ts';

/** How long runs may go on once the agent is told to stop: ms. They obey their signal, so it is much. */
const GRACE_MS = 20_000;

export interface AgentOptions {
  database: Database;
  jobs: readonly Job[];
  node: string;
  version: string;
  log: Logger;
  timing?: LeaseTiming;
  /** The lease's name; tests have agents of their own beside the cluster's. */
  lease?: string;
}

export interface Agent {
  readiness(): AgentReadiness;
  /** Runs end, and the lease is given back, so that the other agent takes over at once. */
  close(): Promise<void>;
}

/** Competes for the lease, and runs the jobs while it has it. */
export function startAgent(options: AgentOptions): Agent {
  const { database, jobs, node, version, log, timing } = options;
  const stop = new AbortController();
  const runner = new Runner({ database, jobs, agent: node, log, stop: stop.signal });
  const scheduler = startScheduler(jobs, runner, log);
  const lease = holdLease({
    database,
    name: options.lease ?? 'agent',
    // A container that was started again is another holder: what its predecessor had is watched out like anybody's.
    me: `${node}/${ulid()}`,
    log,
    onTerm: async (term) => {
      await scheduler.remember().catch((error: unknown) => {
        log.warn({ err: error }, 'what was due before is not known');
      });
      await runner.serve(term);
    },
    ...(timing && { timing }),
  });
  return {
    readiness() {
      const { role, reason, token } = lease.state();
      return {
        node,
        version,
        role,
        reason,
        token,
        uptime: Math.round(process.uptime()),
        memory: process.memoryUsage.rss(),
        jobs: scheduler.jobs(),
      };
    },
    async close() {
      stop.abort();
      await scheduler.close();
      await runner.idle(GRACE_MS);
      await lease.close();
    },
  };
}

import type { AgentReadiness, JobRun } from '../../agent/types.ts';
import type { NodeReport } from '../../platform/database/types.ts';
import type { ClusterEvent } from '../assets/changes.js';
import type { Flow } from '../assets/traffic.js';

/** One condition of a gate that is not met, as a sentence for the operator. */
export type Reason = string;

/** The body of GET /-/ready, and what portals ask each other. */
export interface Readiness {
  /** e.g. `portal-1` */
  node: string;
  version: string;
  /** Port 8081: takes everything. */
  full: { open: boolean; reasons: Reason[] };
  /** Port 8082: serves published pages and media. */
  reading: { open: boolean; reasons: Reason[] };
  /** Seconds since the process started. */
  uptime: number;
  /** Resident memory, bytes. */
  memory: number;
  /** Requests being answered now, and answered since the start. */
  requests: { running: number; total: number };
  /** `freeBytes`: what uploads may still fill; undefined while it is not known. */
  volume: { ok: boolean; reason: string; freeBytes: number | undefined };
  /** Whether every file is whole, by what the agents found. */
  media: { ok: boolean; reason: string };
  /** `silentMs`: since any node answered; older releases do not say it. */
  database: { writer: string | undefined; nodes: NodeReport[]; silentMs?: number };
  /** What it has in memory and serves: n 0 when nothing was ever published; undefined while it is not known, and of older releases. */
  generation?: { n: number; epoch: number };
}

export interface PortalStatus {
  name: string;
  address: string;
  /** `serving`: full gate open; `reading`: only the reading gate; `closed`: neither; `silent`: no answer within a second; `gone`: was there in the last ten minutes */
  state: 'serving' | 'reading' | 'closed' | 'silent' | 'gone';
  /** Sentences; empty when all is well. */
  reasons: Reason[];
  /** What it said last; undefined when it never answered. */
  readiness: Readiness | undefined;
  /** ISO 8601. */
  lastSeenAt: string | undefined;
}

export interface AgentStatus {
  name: string;
  address: string;
  /** `primary`: runs the jobs; `secondary`: takes over; `candidate`: knows neither; else as for portals */
  state: AgentReadiness['role'] | 'silent' | 'gone';
  reasons: Reason[];
  readiness: AgentReadiness | undefined;
  /** ISO 8601. */
  lastSeenAt: string | undefined;
}

export interface BalancerStatus {
  name: string;
  address: string;
  /** `serving`: checks the portals and reaches one; `alone`: none has an open gate; `blind`: no longer checks; else as for portals */
  state: 'serving' | 'alone' | 'blind' | 'silent' | 'gone';
  reasons: Reason[];
  /** Whose gate it sees open, of how many; undefined while it says nothing. */
  portals: { open: number; known: number } | undefined;
  /** Undefined while it says nothing, and of a release that did not say it. */
  version: string | undefined;
  /** ISO 8601. */
  lastSeenAt: string | undefined;
}

/** `version`: of its supervisor; undefined while it says nothing, and of a release that did not say it. */
export type DatabaseStatus = NodeReport & { version?: string };

/** A run, as JSON. */
export type RunStatus = Omit<JobRun, 'startedAt' | 'endedAt'> & {
  startedAt: string;
  endedAt: string | undefined;
};

export interface JobStatus {
  name: string;
  title: string;
  /** Cron with seconds, in UTC. */
  schedule: string;
  /** ISO 8601; undefined while no agent says it. */
  nextRun: string | undefined;
  /** Somebody asked for it, and no agent has begun it yet. */
  requested: boolean;
  /** An agent is at it now. */
  running: boolean;
  /** False while the database is away: then nothing is known of `lastRun` and `requested`. */
  runsKnown: boolean;
  /** It should have run again by now. */
  overdue: boolean;
  /** The run that began last; undefined when it never ran. */
  lastRun: RunStatus | undefined;
}

/** GET /api/v1/status, and what the status page shows. */
export interface ClusterStatus {
  /** The portal that drew this picture. */
  observer: string;
  /** ISO 8601. */
  at: string;
  /** `ok`: everything serves; `degraded`: something is away and nothing is lost; `failing`: the database or every portal is away */
  state: 'ok' | 'degraded' | 'failing';
  portals: PortalStatus[];
  agents: AgentStatus[];
  balancers: BalancerStatus[];
  jobs: JobStatus[];
  /** As the observer's router sees them. */
  database: { writer: string | undefined; nodes: DatabaseStatus[] };
  volume: Readiness['volume'];
  /** What is published, as the portal says it that has seen the latest activation; undefined while none knows it. */
  generation?: Readiness['generation'];
  /** Sentences, the worst first; empty when all is well. */
  alarms: string[];
  /** What the load balancers counted within the last minute; undefined when none of them says it. */
  traffic: Flow | undefined;
  /** What the observer has seen happen, the newest first. */
  events: ClusterEvent[];
}

export interface StatusSource {
  /** At most a second old; never throws. */
  now(): Promise<ClusterStatus>;
}

import type {
  AgentStatus,
  BalancerStatus,
  ClusterStatus,
  DatabaseStatus,
  PortalStatus,
  Readiness,
} from '../operations/types.ts';
import type { ClusterEvent, Second, Sighting } from './changes.js';
import type { Flow } from './traffic.js';

export interface NodeCard {
  name: string;
  tone: 'good' | 'warn' | 'bad' | 'gone';
  /** A symbol of icons.svg. */
  icon: string;
  /** One or two words. */
  state: string;
  role: string;
  reason: string;
  facts: string;
}

export interface TrafficWords {
  tone: NodeCard['tone'];
  /** A number as it is written. */
  perSecond: string;
  /** Of the last minute. */
  failed: string;
  again: string;
  /** Of the last seconds. */
  p95: string;
  worst: string;
  summary: string;
  paths: TrafficPaths;
}

/** SVG path data in a box of 600 × 80. */
export interface TrafficPaths {
  requests: string;
  again: string;
  failed: string;
}

export interface ClusterWords {
  observer: string;
  /** ISO 8601. */
  at: string;
  state: ClusterStatus['state'];
  verdict: string;
  alarms: string[];
  balancers: NodeCard[];
  portals: NodeCard[];
  agents: NodeCard[];
  databases: NodeCard[];
  /** What is published; empty while it is not known. */
  published: string;
  volume: NodeCard;
  traffic: TrafficWords | undefined;
  events: ClusterEvent[];
}

export function portalCard(portal: PortalStatus): NodeCard;
export function agentCard(agent: AgentStatus): NodeCard;
export function balancerCard(balancer: BalancerStatus): NodeCard;
export function databaseCard(node: DatabaseStatus): NodeCard;
export function volumeCard(volume: Readiness['volume']): NodeCard;
export function trafficWords(traffic: Flow | undefined): TrafficWords | undefined;
export function trafficPaths(seconds: readonly Second[]): TrafficPaths;
export function sightingsOf(cluster: Omit<ClusterStatus, 'events'>): Sighting[];
export function publishedWords(cluster: Pick<ClusterStatus, 'generation'>): string;
export function clusterWords(cluster: ClusterStatus): ClusterWords;

import type { NodeReport } from '../../platform/database/types.ts';
import type { AgentStatus, ClusterStatus, PortalStatus, Readiness } from '../operations/types.ts';

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

export interface ClusterWords {
  observer: string;
  /** ISO 8601. */
  at: string;
  state: ClusterStatus['state'];
  verdict: string;
  alarms: string[];
  portals: NodeCard[];
  agents: NodeCard[];
  databases: NodeCard[];
  volume: NodeCard;
}

export function portalCard(portal: PortalStatus): NodeCard;
export function agentCard(agent: AgentStatus): NodeCard;
export function databaseCard(node: NodeReport): NodeCard;
export function volumeCard(volume: Readiness['volume']): NodeCard;
export function clusterWords(cluster: ClusterStatus): ClusterWords;

// The cluster's state in words and tones: what the page is drawn from, on the server first and in the browser afterwards.

import { duration, humanSize } from './words.js';

const VERDICTS = {
  ok: 'Everything stands.',
  degraded: 'Something is away, and the roof stays up.',
  failing: 'The cluster cannot do all of its work.',
};

const PORTALS = {
  serving: { tone: 'good', icon: 'check', state: 'serving', role: 'Takes everything' },
  reading: { tone: 'warn', icon: 'warn', state: 'reading only', role: 'Serves published pages and media' },
  closed: { tone: 'bad', icon: 'cross', state: 'closed', role: 'Takes no traffic' },
  silent: { tone: 'bad', icon: 'cross', state: 'silent', role: 'Does not answer' },
  gone: { tone: 'gone', icon: 'cross', state: 'gone', role: 'Left the cluster' },
};

const AGENTS = {
  primary: { tone: 'good', icon: 'check', state: 'primary', role: 'Runs the jobs' },
  secondary: { tone: 'good', icon: 'check', state: 'secondary', role: 'Takes over' },
  candidate: { tone: 'warn', icon: 'clock', state: 'candidate', role: 'Looks for its place' },
  silent: { tone: 'bad', icon: 'cross', state: 'silent', role: 'Does not answer' },
  gone: { tone: 'gone', icon: 'cross', state: 'gone', role: 'Left the cluster' },
};

const DATABASES = {
  synced: { tone: 'good', icon: 'check', state: 'synced' },
  held: { tone: 'warn', icon: 'clock', state: 'on probation' },
  unfit: { tone: 'warn', icon: 'warn', state: 'not synced' },
  away: { tone: 'bad', icon: 'cross', state: 'away' },
};

const ROLES = { writer: 'Writer', standby: 'Standby', none: '' };

export function portalCard(portal) {
  const words = PORTALS[portal.state];
  const said = portal.readiness;
  // What a silent portal said last is no longer true.
  const current = said && portal.state !== 'silent' && portal.state !== 'gone';
  const facts = current
    ? [
        `up ${duration(said.uptime)}`,
        `${humanSize(said.memory)} memory`,
        `${said.requests.total.toLocaleString('en')} requests, ${said.requests.running} now`,
      ]
    : [];
  return { ...words, name: portal.name, reason: portal.reasons.join(' '), facts: facts.join(' · ') };
}

export function agentCard(agent) {
  const said = agent.readiness;
  const current = said && agent.state !== 'silent' && agent.state !== 'gone';
  const facts = current ? [`up ${duration(said.uptime)}`, `${humanSize(said.memory)} memory`] : [];
  if (current && said.token !== undefined) facts.push(`term ${said.token}`);
  const why = current && agent.state !== 'candidate' ? said.reason : agent.reasons.join(' ');
  return { ...AGENTS[agent.state], name: agent.name, reason: why, facts: facts.join(' · ') };
}

export function databaseCard(node) {
  const facts = node.latencyMs === undefined ? '' : `last probe ${node.latencyMs.toFixed(1)} ms`;
  return {
    ...DATABASES[node.state],
    name: node.name,
    role: ROLES[node.role],
    reason: node.reason,
    facts: node.state === 'away' ? '' : facts,
  };
}

export function volumeCard(volume) {
  return {
    name: 'data',
    ...(volume.ok
      ? { tone: 'good', icon: 'check', state: 'there' }
      : { tone: 'bad', icon: 'cross', state: 'not usable' }),
    role: 'Holds every file',
    reason: volume.reason,
    facts: volume.freeBytes === undefined ? '' : `${humanSize(volume.freeBytes)} free`,
  };
}

/** Everything that the status page shows of the cluster. */
export function clusterWords(cluster) {
  return {
    observer: cluster.observer,
    at: cluster.at,
    state: cluster.state,
    verdict: VERDICTS[cluster.state],
    alarms: cluster.alarms,
    portals: cluster.portals.map(portalCard),
    agents: cluster.agents.map(agentCard),
    databases: cluster.database.nodes.map(databaseCard),
    volume: volumeCard(cluster.volume),
  };
}

// The cluster's state in words and tones: what the page is drawn from, on the server first and in the browser afterwards.

import { rate, wait } from './traffic.js';
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

const BALANCERS = {
  serving: { tone: 'good', icon: 'check', state: 'serving', role: 'Hands out requests' },
  alone: { tone: 'warn', icon: 'warn', state: 'alone', role: 'Serves its last good copies' },
  blind: { tone: 'bad', icon: 'warn', state: 'blind', role: 'Hands out requests by what it knew last' },
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
        ...(said.generation?.n > 0 ? [`generation ${said.generation.n}`] : []),
        said.version,
      ]
    : [];
  return { ...words, name: portal.name, reason: portal.reasons.join(' '), facts: facts.join(' · ') };
}

export function agentCard(agent) {
  const said = agent.readiness;
  const current = said && agent.state !== 'silent' && agent.state !== 'gone';
  const facts = current ? [`up ${duration(said.uptime)}`, `${humanSize(said.memory)} memory`] : [];
  if (current && said.token !== undefined) facts.push(`term ${said.token}`);
  if (current) facts.push(said.version);
  const why = current && agent.state !== 'candidate' ? said.reason : agent.reasons.join(' ');
  return { ...AGENTS[agent.state], name: agent.name, reason: why, facts: facts.join(' · ') };
}

export function balancerCard({ name, state, portals, version, reasons }) {
  const facts = portals ? [`${portals.open} of ${portals.known} portals open to it`] : [];
  // One of the release before does not say its version.
  if (portals && version) facts.push(version);
  return { ...BALANCERS[state], name, reason: reasons.join(' '), facts: facts.join(' · ') };
}

export function databaseCard(node) {
  const facts = node.latencyMs === undefined ? [] : [`last probe ${node.latencyMs.toFixed(1)} ms`];
  if (node.version) facts.push(node.version);
  return {
    ...DATABASES[node.state],
    name: node.name,
    role: ROLES[node.role],
    reason: node.reason,
    facts: node.state === 'away' ? '' : facts.join(' · '),
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

/** The traffic of the last minute in words; undefined when no load balancer tells. */
export function trafficWords(traffic) {
  if (!traffic) return undefined;
  const minute = (count) => count.toLocaleString('en');
  return {
    tone: traffic.failed > 0 ? 'bad' : traffic.again > 0 ? 'warn' : 'good',
    perSecond: rate(traffic.perSecond),
    failed: minute(traffic.failed),
    again: minute(traffic.again),
    p95: wait(traffic.p95),
    worst: wait(traffic.requests > 0 ? traffic.worst : undefined),
    summary: `Within the last minute: ${minute(traffic.requests)} requests, ${minute(traffic.failed)} failed, ${minute(traffic.again)} given to another portal.`,
    paths: trafficPaths(traffic.seconds),
  };
}

/** Pure: a bar a second in a box of 600 × 80, from the left, the oldest first. What failed stands before the rest. */
export function trafficPaths(seconds) {
  const top = Math.max(1, ...seconds.map(({ requests }) => requests));
  const step = 600 / Math.max(1, seconds.length);
  const bars = (what, atLeast) =>
    seconds
      .map((second, index) => {
        if (second[what] === 0) return '';
        const height = Math.max(atLeast, (Math.min(second[what], top) / top) * 80).toFixed(1);
        return `M${(index * step + 1).toFixed(1)} 80v-${height}h${(step - 2).toFixed(1)}v${height}z`;
      })
      .join('');
  // One failure among a thousand is still seen.
  return { requests: bars('requests', 1.5), again: bars('again', 6), failed: bars('failed', 8) };
}

/** Every part, for changes.js. */
export function sightingsOf(cluster) {
  const kinds = [
    ['balancer', cluster.balancers, balancerCard, () => ''],
    ['portal', cluster.portals, portalCard, () => ''],
    ['agent', cluster.agents, agentCard, ({ state }) => (state === 'primary' ? 'primary' : '')],
    ['database', cluster.database.nodes, databaseCard, ({ role }) => (role === 'writer' ? 'writer' : '')],
    ['volume', [cluster.volume], volumeCard, () => ''],
  ];
  return kinds.flatMap(([kind, parts, card, roleOf]) =>
    parts.map((part) => {
      const { name: own, tone, state, reason } = card(part);
      const name = kind === 'volume' ? 'the volume' : own;
      // After "portal-2 is gone: " neither its name nor that it left is said again.
      const why = reason.replace(`${own} has left: `, '').replace(`${own} gave`, 'it gave');
      return { kind, name, tone, state, role: roleOf(part), reason: tone === 'good' ? '' : why };
    }),
  );
}

/** What is published; empty while it is not known, and with a portal of the release before. */
export function publishedWords({ generation }) {
  if (!generation) return '';
  return generation.n > 0 ? `Generation ${generation.n} is published.` : 'Nothing is published yet.';
}

/** Everything that the status page shows of the cluster. */
export function clusterWords(cluster) {
  // During a rollout the portal that answers may be of the release before, which tells less.
  const { balancers = [], events = [] } = cluster;
  return {
    observer: cluster.observer,
    at: cluster.at,
    state: cluster.state,
    verdict: VERDICTS[cluster.state],
    alarms: cluster.alarms,
    balancers: balancers.map(balancerCard),
    portals: cluster.portals.map(portalCard),
    agents: cluster.agents.map(agentCard),
    databases: cluster.database.nodes.map(databaseCard),
    volume: volumeCard(cluster.volume),
    published: publishedWords(cluster),
    traffic: trafficWords(cluster.traffic),
    events,
  };
}

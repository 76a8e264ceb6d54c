import type { Peers } from './peers.ts';
import type { ClusterStatus, PortalStatus, Readiness, StatusSource } from './types.ts';

/** Pure: the whole picture from what this portal knows of itself and of the others. */
export function clusterStatus(self: Readiness, others: PortalStatus[], at: Date): ClusterStatus {
  const { node, full, reading, volume, database } = self;
  const mine: PortalStatus = {
    name: node,
    address: 'this portal',
    state: full.open ? 'serving' : reading.open ? 'reading' : 'closed',
    reasons: full.reasons,
    readiness: self,
    lastSeenAt: at.toISOString(),
  };
  const portals = [mine, ...others].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const synced = database.nodes.filter((one) => one.state === 'synced').length;

  const worst: string[] = [];
  if (database.writer === undefined)
    worst.push('No database node takes writes: published pages go on, changes do not.');
  if (!volume.ok) worst.push(`The volume is not usable: ${volume.reason}`);
  if (!portals.some((portal) => portal.state === 'serving')) worst.push('No portal takes everything.');
  const bad: string[] = [];
  if (volume.ok && volume.freeBytes !== undefined && volume.freeBytes <= 0)
    bad.push('The volume is too full: uploads are refused until space is made.');
  if (!self.media.ok) bad.push(self.media.reason);
  for (const portal of portals) {
    if (portal.state !== 'serving') bad.push(`${portal.name} is ${WORDS[portal.state]}.`);
  }
  for (const one of database.nodes) {
    if (one.state !== 'synced') bad.push(`${one.name} ${one.reason}.`.replace(/\.\.$/, '.'));
  }
  if (synced === 1) bad.push('One database node is left: the next failure stops all changes.');
  const state = worst.length > 0 ? 'failing' : bad.length > 0 ? 'degraded' : 'ok';
  return {
    observer: node,
    at: at.toISOString(),
    state,
    portals,
    database,
    volume,
    alarms: [...worst, ...bad],
  };
}

const WORDS: Record<Exclude<PortalStatus['state'], 'serving'>, string> = {
  reading: 'serving published pages only',
  closed: 'taking no requests',
  silent: 'not answering',
  gone: 'gone',
};

export function statusSource(self: () => Readiness, peers: Peers): StatusSource {
  return {
    async now() {
      const others = await peers.look();
      return clusterStatus(self(), others, new Date());
    },
  };
}

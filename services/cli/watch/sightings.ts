import type { Sighting } from '../../portal/assets/changes.js';
import { rate } from '../../portal/assets/traffic.js';
import type { Container } from '../docker.ts';
import type { Part, Verdict } from '../status/judge.ts';
import type { Seen } from './look.ts';

/** A part as `watch` shows it: what is compared from look to look, and what changes all the time. */
export interface Row extends Sighting {
  /** When all is well: how much it does. */
  facts: string;
}

const KINDS: [RegExp, Sighting['kind']][] = [
  [/^lb(-|$)/, 'balancer'],
  [/^portal$/, 'portal'],
  [/^agent$/, 'agent'],
  [/^db-/, 'database'],
];

/** By portal, requests a second; empty while it is not known. */
export type Rates = ReadonlyMap<string, number>;

/** Pure: every part that is meant to run on and on, as it is seen. */
export function rowsOf(seen: Seen, { parts }: Verdict, rates: Rates): Row[] {
  return parts.flatMap((part) => {
    const kind = KINDS.find(([service]) => service.test(part.service))?.[1];
    if (kind === undefined) return [];
    const container = seen.containers.find((one) => one.name === part.container);
    const name = container ? shortName(container) : part.service;
    const sight = container ? sightOf(kind, part, container, seen) : ABSENT;
    const facts = sight.tone === 'good' ? factsOf(kind, name, part, rates) : '';
    return [{ name, kind, role: sight.tone === 'good' ? part.role : '', ...sight, facts }];
  });
}

const ABSENT = { tone: 'gone', state: 'not there', reason: 'it has no container' } as const;

/** `portal-1`, because a portal has siblings; `db-1` and `lb`, because they have none. */
function shortName({ service, index }: Container): string {
  return service === 'portal' || service === 'agent' ? `${service}-${index}` : service;
}

type Sight = Pick<Sighting, 'tone' | 'state' | 'reason'>;

function sightOf(kind: Sighting['kind'], part: Part, container: Container, seen: Seen): Sight {
  if (container.state !== 'running') return standstill(container);
  const told = seen[`${kind}s` as 'portals' | 'agents' | 'databases' | 'balancers'].get(container.id);
  if (told === undefined || 'fault' in told) {
    const reason = told?.fault ?? 'it was not asked';
    // A process that has only just begun has nobody at its door yet.
    const young = Date.now() - container.startedAt.getTime() < STARTING_MS;
    return young ? { tone: 'warn', state: 'starting', reason: '' } : { tone: 'bad', state: 'silent', reason };
  }
  if (kind === 'balancer') return balancerSight(told.answer as { fresh: boolean; peers: Peers });
  if (part.ok) return { tone: 'good', state: kind === 'database' ? 'synced' : part.role, reason: '' };
  if (kind === 'database' && SETTLED.includes(part.role))
    return { tone: 'warn', state: 'waiting', reason: part.reason };
  if (kind === 'portal' && part.role === 'reading')
    return { tone: 'warn', state: 'only reading', reason: part.reason };
  return { tone: kind === 'portal' ? 'bad' : 'warn', state: part.role, reason: part.reason };
}

const STARTING_MS = 10_000;

/** States of a supervisor whose mariadbd does not run yet (db/observation.ts); `stopped` would be taken for the container's. */
const SETTLED = ['empty', 'fresh', 'stopped', 'unusable'];

function standstill({ state, exitCode }: Container): Sight {
  switch (state) {
    case 'paused':
      return { tone: 'bad', state: 'frozen', reason: 'its container is paused' };
    case 'restarting':
      return { tone: 'warn', state: 'restarting', reason: `it ended with ${exitCode}` };
    case 'created':
      return { tone: 'warn', state: 'starting', reason: '' };
    default:
      return { tone: 'bad', state: exitCode === 137 ? 'killed' : 'stopped', reason: `exit ${exitCode}` };
  }
}

type Peers = { full: { up: boolean } }[];

/** That a portal is away is that portal's illness. */
function balancerSight({ fresh, peers }: { fresh: boolean; peers: Peers }): Sight {
  if (!fresh) return { tone: 'bad', state: 'blind', reason: 'it has stopped checking the portals' };
  const open = peers.filter((peer) => peer.full.up).length;
  if (open === 0) return { tone: 'warn', state: 'alone', reason: 'no portal’s gate is open to it' };
  return { tone: 'good', state: 'serving', reason: '' };
}

function factsOf(kind: Sighting['kind'], name: string, part: Part, rates: Rates): string {
  if (kind === 'balancer') return part.role;
  if (kind === 'portal') return rates.has(name) ? `${rate(rates.get(name)!)} requests/s` : '';
  if (kind === 'database') return part.role === 'writer' ? 'takes the writes' : '';
  return part.role === 'primary' ? 'runs the jobs' : '';
}

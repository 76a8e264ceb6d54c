import { Resolver } from 'node:dns/promises';
import type { TrafficTold } from '../assets/traffic.js';
import { whenStale } from './fresh.ts';
import type { BalancerStatus } from './types.ts';

/** As with the portals: who has left is remembered for so long: ms. */
const REMEMBERED_MS = 600_000;
const DEADLINE_MS = 1_000;
const FRESH_MS = 1_000;

/** What is read of a load balancer's own report (nginx/lua/report.lua). */
export interface BalancerReport {
  /** It goes on checking the portals. */
  fresh: boolean;
  peers: { full: { up: boolean } }[];
  traffic?: TrafficTold;
  /** Undefined of a release that did not say it. */
  version?: string;
}

/** What one look learned; the next makes another. */
export interface BalancerSight {
  readonly name: string;
  readonly address: string;
  /** DNS knew it. */
  readonly listed: boolean;
  readonly report: BalancerReport | undefined;
  readonly lastSeenAt: string | undefined;
}

/** Pure: what the operator is told of a load balancer. */
export function balancerStatus({ name, address, listed, report, lastSeenAt }: BalancerSight): BalancerStatus {
  const known = { name, address, lastSeenAt, portals: undefined, version: report?.version };
  if (!listed)
    return {
      ...known,
      state: 'gone',
      reasons: [`${name} has left: no container answers to its name any more.`],
    };
  if (!report)
    return { ...known, state: 'silent', reasons: [`${name} gave no answer within ${DEADLINE_MS / 1000} s.`] };
  const portals = { open: report.peers.filter(({ full }) => full.up).length, known: report.peers.length };
  if (!report.fresh)
    return { ...known, portals, state: 'blind', reasons: [`${name} has stopped checking the portals.`] };
  if (portals.open === 0)
    return { ...known, portals, state: 'alone', reasons: [`${name} sees no portal whose gate is open.`] };
  return { ...known, portals, state: 'serving', reasons: [] };
}

export interface Balancers {
  /** Every one, after a look that is at most a second old. Never throws. */
  look(): Promise<BalancerSight[]>;
}

export interface BalancersOptions {
  /** Names that DNS may know: one that it never knew is no load balancer of this cluster. */
  names: string[];
  port: number;
  /** What load balancers and portals share. */
  secret: string;
  addressesOf?: (name: string) => Promise<string[]>;
}

export function watchBalancers({ names, port, secret, ...options }: BalancersOptions): Balancers {
  const resolver = new Resolver({ timeout: DEADLINE_MS, tries: 1 });
  const addressesOf = options.addressesOf ?? ((name: string) => resolver.resolve4(name));
  const sights = new Map<string, BalancerSight & { listedAt: number }>();

  const lookAt = async (name: string): Promise<void> => {
    const before = [...sights.values()].filter(
      (sight) => sight.name === name || sight.name.startsWith(`${name} `),
    );
    const addresses = await addressesOf(name).catch(namesNobody);
    // DNS being away says nothing about the load balancers, and it forgets a name for a moment when a container goes: the
    // known ones are asked again.
    const known = before.filter((sight) => sight.listed).map((sight) => sight.address);
    const asked = addresses?.length ? addresses : known;
    const now = performance.now();
    const seen = await Promise.all(
      asked.map(async (address) => {
        const report = await askReport(`http://${address}:${port}/-/lb`, secret);
        return { name: asked.length === 1 ? name : `${name} ${address}`, address, report };
      }),
    );
    for (const sight of before) sights.set(sight.name, { ...sight, listed: false });
    for (const { name: its, address, report } of seen) {
      const lastSeenAt = report ? new Date().toISOString() : sights.get(its)?.lastSeenAt;
      // Who answers is there, whatever DNS says.
      const listed = report !== undefined || addresses === undefined || addresses.includes(address);
      sights.set(its, { name: its, address, report, listed, lastSeenAt, listedAt: now });
    }
    for (const [its, { listedAt }] of sights) if (now - listedAt > REMEMBERED_MS) sights.delete(its);
  };
  const look = async (): Promise<void> => {
    await Promise.all(names.map(lookAt));
  };
  const lookAgain = whenStale(look, FRESH_MS);

  return {
    async look() {
      await lookAgain();
      return [...sights.values()];
    },
  };
}

/** @returns no address when DNS says so, undefined when DNS says nothing */
function namesNobody(error: NodeJS.ErrnoException): string[] | undefined {
  return error.code === 'ENOTFOUND' || error.code === 'ENODATA' ? [] : undefined;
}

/** Also what it says with 503: that it has stopped checking. */
async function askReport(url: string, secret: string): Promise<BalancerReport | undefined> {
  try {
    const answer = await fetch(url, {
      headers: { 'X-Portico-Edge': secret },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return asReport(await answer.json());
  } catch {
    // Silence is what the caller reports.
    return undefined;
  }
}

/** One of another version, during a rollout, may count nothing yet. */
export function asReport(said: unknown): BalancerReport | undefined {
  const { fresh, peers, traffic, version } = (said ?? {}) as Partial<BalancerReport>;
  if (typeof fresh !== 'boolean' || !Array.isArray(peers)) return undefined;
  const counts = Array.isArray(traffic?.seconds) && Array.isArray(traffic.waits?.counts);
  return {
    fresh,
    peers,
    ...(counts && { traffic: traffic as TrafficTold }),
    ...(typeof version === 'string' && { version }),
  };
}

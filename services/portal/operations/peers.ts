import { Resolver } from 'node:dns/promises';
import { nameOfAddress } from './node-name.ts';
import type { PortalStatus, Readiness } from './types.ts';

/** A portal that has left is remembered for so long: ms. */
const REMEMBERED_MS = 600_000;
const DEADLINE_MS = 1_000;
const EVERY_MS = 5_000;

/** What was learned of one portal. Times are monotonic milliseconds, but for `lastSeenAt`. */
export interface PeerSight {
  name: string;
  address: string;
  /** DNS knew it at the last look. */
  listed: boolean;
  /** It answered at the last look. */
  answered: boolean;
  readiness: Readiness | undefined;
  lastSeenAt: string | undefined;
  lastListed: number;
}

/** Pure: what the operator is told of a portal. */
export function portalStatus(sight: PeerSight): PortalStatus {
  const { name, address, readiness, lastSeenAt } = sight;
  const known = { name, address, readiness, lastSeenAt };
  if (!sight.listed)
    return {
      ...known,
      state: 'gone',
      reasons: [`${name} has left: no container answers to its name any more.`],
    };
  if (!sight.answered || !readiness)
    return { ...known, state: 'silent', reasons: [`${name} gave no answer within ${DEADLINE_MS / 1000} s.`] };
  if (readiness.full.open) return { ...known, state: 'serving', reasons: [] };
  return { ...known, state: readiness.reading.open ? 'reading' : 'closed', reasons: readiness.full.reasons };
}

export interface Peers {
  /** Every portal but this one, after a look that is at most a second old. Never throws. */
  look(): Promise<PortalStatus[]>;
  stop(): void;
}

export interface PeersOptions {
  self: string;
  /** The name that DNS gives all portals. */
  dnsName: string;
  port: number;
  addresses?: () => Promise<string[]>;
  nameOf?: (address: string) => Promise<string | undefined>;
}

export function watchPeers(options: PeersOptions): Peers {
  const resolver = new Resolver({ timeout: DEADLINE_MS, tries: 1 });
  const addressesOf = options.addresses ?? (() => resolver.resolve4(options.dnsName));
  const nameOf = options.nameOf ?? nameOfAddress;
  const sights = new Map<string, PeerSight>();
  let looking: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    const now = performance.now();
    // DNS being away says nothing about the portals: the known ones are asked again.
    const listed = await addressesOf().catch(() => undefined);
    const asked =
      listed ?? [...sights.values()].filter((sight) => sight.listed).map((sight) => sight.address);
    const answers = await Promise.all(
      asked.map(async (address) => {
        const readiness = await askReadiness(address, options.port);
        const name = readiness?.node ?? (await nameOf(address)) ?? address;
        return { address, name, readiness };
      }),
    );
    if (listed) for (const sight of sights.values()) sight.listed = false;
    // A portal stands in two networks, under one name: the address that answers is the one to keep.
    for (const { address, name, readiness } of answers.sort(
      (a, b) => Number(!!a.readiness) - Number(!!b.readiness),
    )) {
      const before = sights.get(name);
      sights.set(name, {
        name,
        address,
        listed: true,
        answered: readiness !== undefined,
        readiness: readiness ?? before?.readiness,
        lastSeenAt: readiness ? new Date().toISOString() : before?.lastSeenAt,
        lastListed: now,
      });
    }
    for (const [name, sight] of sights) {
      if (now - sight.lastListed > REMEMBERED_MS) sights.delete(name);
    }
    lookedAt = performance.now();
  };
  const lookOnce = async (): Promise<void> => {
    if (performance.now() - lookedAt < 1_000) return;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    await looking;
  };
  // Also when nobody watches, so that who leaves is known to have been there.
  const timer = setInterval(() => void lookOnce(), EVERY_MS);

  return {
    async look() {
      await lookOnce();
      return [...sights.values()].filter((sight) => sight.name !== options.self).map(portalStatus);
    },
    stop: () => clearInterval(timer),
  };
}

/** Asks a portal directly, without the load balancer. Not ready (503) is an answer, too. */
async function askReadiness(address: string, port: number): Promise<Readiness | undefined> {
  try {
    const answer = await fetch(`http://${address}:${port}/-/ready`, {
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const said = (await answer.json()) as Readiness;
    return typeof said?.node === 'string' && typeof said.full?.open === 'boolean' ? said : undefined;
  } catch {
    // Silence is what the caller reports.
    return undefined;
  }
}

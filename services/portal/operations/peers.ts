import { Resolver } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentReadiness } from '../../agent/types.ts';
import { whenStale } from './fresh.ts';
import { nameOfAddress } from './node-name.ts';
import type { AgentStatus, PortalStatus, Readiness } from './types.ts';

/** A portal that has left is remembered for so long: ms. */
const REMEMBERED_MS = 600_000;
const DEADLINE_MS = 1_000;
const EVERY_MS = 5_000;
const FRESH_MS = 1_000;

/**
 * What one look learned of one portal or agent; the next look makes another. Times are monotonic milliseconds, but for
 * `lastSeenAt`.
 */
export interface PeerSight<R = Readiness> {
  readonly name: string;
  readonly address: string;
  /** DNS knew it. */
  readonly listed: boolean;
  readonly answered: boolean;
  /** The last that it ever said. */
  readonly readiness: R | undefined;
  /** How long its answer took: ms. */
  readonly latencyMs: number | undefined;
  readonly lastSeenAt: string | undefined;
  readonly lastListed: number;
}

/** Pure: why there is nothing to be read from what it said last. */
function absence({ name, listed, answered }: PeerSight<unknown>) {
  if (!listed)
    return {
      state: 'gone' as const,
      reasons: [`${name} has left: no container answers to its name any more.`],
    };
  if (answered) return undefined;
  return { state: 'silent' as const, reasons: [`${name} gave no answer within ${DEADLINE_MS / 1000} s.`] };
}

/** Pure: what the operator is told of an agent. */
export function agentStatus(sight: PeerSight<AgentReadiness>): AgentStatus {
  const { name, address, readiness, lastSeenAt } = sight;
  const known = { name, address, readiness, lastSeenAt };
  const absent = absence(sight);
  if (absent || !readiness) return { ...known, ...(absent ?? { state: 'silent', reasons: [] }) };
  return {
    ...known,
    state: readiness.role,
    reasons: readiness.role === 'candidate' ? [readiness.reason] : [],
  };
}

/** Pure: what the operator is told of a portal. */
export function portalStatus(sight: PeerSight): PortalStatus {
  const { name, address, readiness, lastSeenAt } = sight;
  const known = { name, address, readiness, lastSeenAt };
  const absent = absence(sight);
  if (absent || !readiness) return { ...known, ...(absent ?? { state: 'silent', reasons: [] }) };
  if (readiness.full.open) return { ...known, state: 'serving', reasons: [] };
  return { ...known, state: readiness.reading.open ? 'reading' : 'closed', reasons: readiness.full.reasons };
}

export interface Peers<R = Readiness> {
  /** Every one of them but this process, after a look that is at most so old: ms, default a second. Never throws. */
  look(maxAgeMs?: number): Promise<PeerSight<R>[]>;
  stop(): void;
}

export interface PeersOptions<R = Readiness> {
  /** This process's own name, when it is one of them. */
  self?: string;
  /** What one says of itself, or undefined when it is none of them. */
  understand: (said: unknown) => R | undefined;
  /** The name that DNS gives all of them. */
  dnsName: string;
  port: number;
  addresses?: () => Promise<string[]>;
  nameOf?: (address: string) => Promise<string | undefined>;
}

export function watchPeers<R extends { node: string }>(options: PeersOptions<R>): Peers<R> {
  const resolver = new Resolver({ timeout: DEADLINE_MS, tries: 1 });
  const addressesOf = options.addresses ?? (() => resolver.resolve4(options.dnsName));
  const nameOf = options.nameOf ?? nameOfAddress;
  const sights = new Map<string, PeerSight<R>>();
  /** Who answered at an address: reverse DNS forgets a container before its address is no longer listed. */
  const names = new Map<string, string>();

  const look = async (): Promise<void> => {
    const now = performance.now();
    // DNS being away says nothing about the portals: the known ones are asked again.
    const listed = await addressesOf().catch(() => undefined);
    const asked =
      listed ?? [...sights.values()].filter((sight) => sight.listed).map((sight) => sight.address);
    const lastAnswered = new Set(
      [...sights.values()].filter((sight) => sight.answered).map((sight) => sight.address),
    );
    const answers = await Promise.all(
      asked.map(async (address) => {
        let began = performance.now();
        let readiness = options.understand(await askReadiness(address, options.port));
        // One missed answer may be this machine's own pause: who answered last time is asked again.
        if (!readiness && lastAnswered.has(address)) {
          began = performance.now();
          readiness = options.understand(await askReadiness(address, options.port));
        }
        const latencyMs = readiness && performance.now() - began;
        const name = readiness?.node ?? (await nameOf(address)) ?? names.get(address) ?? address;
        if (readiness) names.set(address, readiness.node);
        return { address, name, readiness, latencyMs };
      }),
    );
    if (listed) for (const [name, sight] of sights) sights.set(name, { ...sight, listed: false });
    // A portal stands in two networks, under one name: the address that answers is the one to keep.
    for (const { address, name, readiness, latencyMs } of answers.sort(
      (a, b) => Number(!!a.readiness) - Number(!!b.readiness),
    )) {
      const before = sights.get(name);
      sights.set(name, {
        name,
        address,
        listed: true,
        answered: readiness !== undefined,
        readiness: readiness ?? before?.readiness,
        latencyMs,
        lastSeenAt: readiness ? new Date().toISOString() : before?.lastSeenAt,
        lastListed: now,
      });
    }
    for (const [name, sight] of sights) {
      const nameless = name === sight.address;
      if (now - sight.lastListed > (nameless ? 0 : REMEMBERED_MS)) sights.delete(name);
    }
  };
  const lookOnce = whenStale(look, FRESH_MS);
  // Also when nobody watches, so that who leaves is known to have been there.
  const timer = setInterval(() => void lookOnce(), EVERY_MS);

  return {
    async look(maxAgeMs) {
      await lookOnce(maxAgeMs);
      return [...sights.values()].filter((sight) => sight.name !== options.self);
    },
    stop: () => clearInterval(timer),
  };
}

/** Asks directly, without the load balancer. Not ready (503) is an answer, too. */
async function askReadiness(address: string, port: number): Promise<unknown> {
  try {
    const answer = await fetch(`http://${address}:${port}/-/ready`, {
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return await answer.json();
  } catch {
    // Silence is what the caller reports.
    return undefined;
  }
}

/** How long whoever waits for the database waits for this, too: ms. */
const ELSEWHERE_MS = 300;

/**
 * A portal hears some node every 250 ms. When all nodes go at once all portals have heard them last at about the same time,
 * and none is better off; one that has heard them so much later than this one is: ms.
 */
const LATER_MS = 500;

/** Whether another portal takes everything and hears the database, which this one has not for `silentMs`. */
export function serveElsewhere(peers: Pick<Peers, 'look'>): (silentMs: number) => Promise<boolean> {
  return async (silentMs) => {
    const sights = await Promise.race([peers.look(0), pause(ELSEWHERE_MS, [])]);
    return sights.some(
      ({ answered, readiness }) =>
        answered && readiness?.full.open && (readiness.database.silentMs ?? silentMs) + LATER_MS < silentMs,
    );
  };
}

export function asPortal(said: unknown): Readiness | undefined {
  const { node, full } = (said ?? {}) as Partial<Readiness>;
  return typeof node === 'string' && typeof full?.open === 'boolean' ? (said as Readiness) : undefined;
}

export function asAgent(said: unknown): AgentReadiness | undefined {
  const { node, role } = (said ?? {}) as Partial<AgentReadiness>;
  return typeof node === 'string' && typeof role === 'string' ? (said as AgentReadiness) : undefined;
}

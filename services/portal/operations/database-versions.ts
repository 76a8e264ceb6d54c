/** Which Portico runs each database node: its supervisor says it to whoever reaches it (db/peers.ts, `/healthy`). */

import { dnsAddress, splitPort } from '../../platform/database/address.ts';
import { whenStale } from './fresh.ts';

/** db/config.ts */
const SUPERVISOR_PORT = 4570;
const DEADLINE_MS = 1_000;
/** A container's version never changes, but the container may: ms. */
const FRESH_MS = 5_000;

export interface DatabaseVersions {
  /** By the node's name as the router has it; one that does not say it is left out. Never throws. */
  look(): Promise<ReadonlyMap<string, string>>;
}

export function askDatabaseVersions(
  nodes: readonly string[],
  { port = SUPERVISOR_PORT, addressOf = dnsAddress(DEADLINE_MS) } = {},
): DatabaseVersions {
  let known: ReadonlyMap<string, string> = new Map();

  const look = async (): Promise<void> => {
    const told = await Promise.all(
      nodes.map(async (node) => {
        const { host } = splitPort(node, 0);
        return [host, await askVersion(addressOf(host), port)] as const;
      }),
    );
    known = new Map(told.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])));
  };
  const lookAgain = whenStale(look, FRESH_MS);

  return {
    async look() {
      await lookAgain();
      return known;
    },
  };
}

/** Also what it says with 503: that it is not healthy. */
async function askVersion(address: Promise<string>, port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://${await address}:${port}/healthy`, {
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const { version } = ((await answer.json()) ?? {}) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    // That the node is away is said by the router, which knows more of it.
    return undefined;
  }
}

/**
 * Which hosts the interactive reference of an API may call: those that its description names, and no other. A description
 * is somebody's text, and what is decided here goes into a policy, where `*`, `;` or a space would mean more. Pure.
 */
import type { Compiled } from '../../specs/compiled.ts';
import type { Server } from '../../specs/model.ts';

export interface Callable {
  /** Each once: `https://api.example.com`, `http://localhost:3000`. */
  origins: string[];
  /** A server is given by its path alone, so calls go to this portal. */
  own: boolean;
  refused: { url: string; why: string }[];
}

/** Characters of all origins together: the load balancer takes 16 KiB for all headers of an answer. */
const MAX_ORIGINS = 4_000;
/** Of one server, by the values of its variables. */
const MAX_ADDRESSES = 200;

/** A policy knows names and IPv4 addresses; no other character may ever stand in it. */
const HOST = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const LOOPBACK = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+)$/;

export function callable(servers: readonly Server[]): Callable {
  const origins = new Set<string>();
  const refused = new Map<string, string>();
  let own = false;
  let room = MAX_ORIGINS;
  for (const server of servers)
    for (const address of addressesOf(server)) {
      const verdict = judge(address);
      if ('why' in verdict) refused.set(address, verdict.why);
      else if (verdict.origin === undefined) own = true;
      else if (!origins.has(verdict.origin)) {
        room -= verdict.origin.length + 1;
        if (room < 0) refused.set(address, 'The description names too many hosts.');
        else origins.add(verdict.origin);
      }
    }
  return { origins: [...origins], own, refused: [...refused].map(([url, why]) => ({ url, why })) };
}

/** @returns no origin: this portal's own */
function judge(address: string): { origin: string | undefined } | { why: string } {
  const here = 'https://portico.invalid';
  if (!URL.canParse(address, here)) return { why: 'It is no address.' };
  const { protocol, hostname, origin } = new URL(address, here);
  if (origin === here) return { origin: undefined };
  if (protocol !== 'http:' && protocol !== 'https:') return { why: 'A page can call http and https alone.' };
  if (!HOST.test(hostname)) return { why: 'Its host is no name and no IPv4 address.' };
  // A browser refuses it anyway, without a word to the person; only one's own machine is excepted.
  if (protocol === 'http:' && !LOOPBACK.test(hostname))
    return { why: 'A page that came over https cannot call http.' };
  return { origin };
}

/** Its address with each value that its variables are known to have; a person may type others, which cannot be called. */
function addressesOf({ url, variables = [] }: Server): string[] {
  // What stands behind the host does not matter, and may have variables without end.
  const head = /^[^/]*\/\/[^/]+/.exec(url)?.[0] ?? url;
  let addresses = [head];
  for (const { name, default: usual, values = [] } of variables) {
    const known = [...new Set([...(usual === undefined ? [] : [usual]), ...values])];
    if (known.length === 0 || !head.includes(`{${name}}`)) continue;
    addresses = addresses
      .flatMap((address) => known.map((value) => address.replaceAll(`{${name}}`, value)))
      .slice(0, MAX_ADDRESSES);
  }
  return addresses;
}

/** Every entry is parsed for it, a quarter of a second for the largest APIs, so it is done once. */
const ALL = new WeakMap<Compiled, Callable>();

/** By all of its operations. */
export function callableOf(compiled: Compiled): Callable {
  const known = ALL.get(compiled);
  if (known) return known;
  const all = callable([
    ...compiled.overview.servers,
    ...compiled.entryIds.flatMap((id) => own(compiled, id)),
  ]);
  ALL.set(compiled, all);
  return all;
}

/** By one operation: its own servers come in place of the API's. */
export function callableBy(compiled: Compiled, id: string): Callable {
  const servers = own(compiled, id);
  return callable(servers.length > 0 ? servers : compiled.overview.servers);
}

function own(compiled: Compiled, id: string): Server[] {
  const entry = compiled.entry(id);
  return entry?.kind === 'operation' ? (entry.servers ?? []) : [];
}

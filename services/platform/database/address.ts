import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/**
 * Asks the DNS directly (c-ares). `getaddrinfo` would run on libuv's four threads, where a few look-ups of names that
 * a stopped container has taken with it would keep every file operation of the process waiting.
 */
export function dnsAddress(timeoutMs: number): (host: string) => Promise<string> {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  return async (host) => {
    if (isIP(host) !== 0) {
      return host;
    }
    const [address] = await resolver.resolve4(host);
    if (address === undefined) {
      throw new Error(`${host} has no address`);
    }
    return address;
  };
}

/** `name` or `name:port`. */
export function splitPort(text: string, defaultPort: number): { host: string; port: number } {
  const [host = '', port] = text.split(':');
  return { host, port: port === undefined ? defaultPort : Number(port) };
}

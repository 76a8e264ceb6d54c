/** Commands that talk to a portal as any program does: PORTICO_URL and PORTICO_TOKEN say which, and as whom. */
import { readFile } from 'node:fs/promises';
import { PorticoClient, type RequestOptions } from '../client/client.ts';
import { PorticoError } from '../platform/errors.ts';
import { type Config, composeOf, loadConfig } from './config.ts';
import { run } from './docker.ts';
import { UsageError } from './exit.ts';

export interface PortalClient {
  /** The first of its addresses. */
  address: string;
  /** @returns the answer's JSON @throws PorticoError with the portal's own sentence */
  ask<T>(path: string, options?: RequestOptions): Promise<T>;
}

/** An activation waits for every portal. */
const DEADLINE_MS = 180_000;

/** Where the portal is, and as whom it is asked. */
export interface Connection {
  addresses: string[];
  token: string;
  /** The certificate (PEM) to trust, if not one that everybody knows. */
  ca?: string;
}

export async function connection(): Promise<Connection> {
  const config = loadConfig();
  const { urls, token, caFile } = config.remote;
  if (token === undefined)
    throw new UsageError(
      'PORTICO_TOKEN is not set: `npx portico token create --role publisher --name ci` makes an access token.',
    );
  const local = urls.length === 0 ? await localCluster(config) : undefined;
  const addresses = local?.addresses ?? urls;
  const ca = caFile === undefined ? local?.ca : await readFile(caFile, 'utf8');
  return { addresses, token, ...(ca !== undefined && { ca }) };
}

export async function portalClient(): Promise<PortalClient> {
  const where = await connection();
  const { addresses } = where;
  const client = new PorticoClient({ ...where, deadlineMs: DEADLINE_MS, tryMs: DEADLINE_MS });
  return {
    address: addresses[0]!,
    async ask<T>(path: string, options?: RequestOptions) {
      const answer = await client.request(path, options);
      if (answer.status === 204) return undefined as T;
      if (answer.status < 300) return answer.json<T>();
      throw refusal(answer.status, answer.text());
    },
  };
}

/** The portal's own sentence. */
export function refusal(status: number, text: string): PorticoError {
  const { detail, fields } = problemIn(text);
  const which = Object.entries(fields ?? {}).map(([field, sentence]) => `\n  ${field}: ${sentence}`);
  return new PorticoError('internal', `${detail ?? `The portal answered ${status}.`}${which.join('')}`);
}

function problemIn(text: string): { detail?: string; fields?: Record<string, string> } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** The one of this clone, with the certificate that it made for itself. */
async function localCluster(config: Config): Promise<{ addresses: string[]; ca: string }> {
  const portal = (await composeOf(config).ps()).find(({ service }) => service === 'portal');
  if (portal === undefined)
    throw new UsageError(
      'There is no cluster of this clone; PORTICO_URL names another one: https://portal.example.com',
    );
  const volume = `${config.project}_secrets-lb:/secrets:ro`;
  const { stdout } = await run([
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    volume,
    portal.image,
    'cat',
    '/secrets/tls.crt',
  ]);
  return { addresses: [config.address], ca: `${stdout}\n` };
}

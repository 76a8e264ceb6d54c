/** Commands that talk to a portal as any program does: PORTICO_URL and PORTICO_TOKEN say which, and as whom. */
import { readFile } from 'node:fs/promises';
import { NoAnswer, PorticoClient, type RequestOptions } from '../client/client.ts';
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
/** For a first sign of life: longer than a load balancer takes to come back (2 s). */
const THERE_MS = 10_000;

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
  for (const url of urls)
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new UsageError(`PORTICO_URL is no address such as https://portal.example.com: ${url}`);
  const local = urls.length === 0 ? await localCluster(config) : undefined;
  const addresses = local?.addresses ?? urls;
  const ca = caFile === undefined ? local?.ca : await readCertificate(caFile);
  return { addresses, token, ...(ca !== undefined && { ca }) };
}

export async function portalClient(): Promise<PortalClient> {
  const where = await connection();
  const client = new PorticoClient({ ...where, deadlineMs: DEADLINE_MS, tryMs: DEADLINE_MS });
  const request = (path: string, options?: RequestOptions) =>
    client.request(path, options).catch((error: unknown) => {
      throw error instanceof NoAnswer
        ? new PorticoError('internal', unanswered(error), { cause: error })
        : error;
    });
  // A wrong address is told at once, and not after the minutes for which an activation is waited for.
  await request('/-/lb/live', { deadlineMs: THERE_MS });
  return {
    address: where.addresses[0]!,
    async ask<T>(path: string, options?: RequestOptions) {
      const answer = await request(path, options);
      if (answer.status === 204) return undefined as T;
      if (answer.status < 300) return answer.json<T>();
      throw refusal(answer.status, answer.text(), answer.headers.location);
    },
  };
}

/** The portal's own sentence. */
export function refusal(status: number, text: string, location?: string): PorticoError {
  const { detail, fields } = problemIn(text);
  const which = Object.entries(fields ?? {}).map(([field, sentence]) => `\n  ${field}: ${sentence}`);
  return new PorticoError('internal', `${detail ?? otherAnswer(status, location)}${which.join('')}`);
}

/** Why nobody answered, once, and what to do about it. */
function unanswered({ failed, mayBeDone }: NoAnswer): string {
  const why = (failed.at(-1) ?? '').replace(/; (again in|the deadline|another address).*$/, '');
  if (/certificate/i.test(why))
    return `${why.replace(/; if the root CA.*$/, '')}. It is not trusted here: PORTICO_CA names the file of the certificate to trust. For the cluster of this clone leave PORTICO_URL away.`;
  const done = mayBeDone ? ' Whether it was carried out is not known: look before you repeat it.' : '';
  return `No portal answers. ${why}.${done || ' Is PORTICO_URL right, and the cluster up?'}`;
}

const otherAnswer = (status: number, location: string | undefined): string =>
  location === undefined
    ? `The portal answered ${status}.`
    : `The portal sends this address elsewhere: PORTICO_URL=${URL.canParse(location) ? new URL(location).origin : location}`;

function readCertificate(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new UsageError(`PORTICO_CA cannot be read: ${cause.message}.`, { cause });
  });
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

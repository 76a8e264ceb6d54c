import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { Compose } from './docker.ts';
import { UsageError } from './exit.ts';

/** The clone: where compose.yaml stands. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the CLI keeps beside the clone's files; not under version control. */
export const VAR = join(ROOT, 'var');

const port = (variable: string, fallback: number) =>
  z
    .string()
    .default('')
    .transform((value) => (value === '' ? fallback : Number(value)))
    .refine((value) => Number.isInteger(value) && value > 0 && value < 65_536, {
      error: `${variable} must be a port, 1 to 65535.`,
    });

const schema = z.object({
  COMPOSE_PROJECT_NAME: z.string().default(''),
  PORTICO_BIND: z.string().default(''),
  PORTICO_BIND_2: z.string().default(''),
  PORTICO_HTTPS_PORT: port('PORTICO_HTTPS_PORT', 8443),
  PORTICO_HTTP_PORT: port('PORTICO_HTTP_PORT', 8080),
  PORTICO_HTTPS_PORT_2: port('PORTICO_HTTPS_PORT_2', 8444),
  PORTICO_HTTP_PORT_2: port('PORTICO_HTTP_PORT_2', 8081),
  COMPOSE_PROFILES: z.string().default(''),
  BASE_IMAGE: z.string().optional(),
  PORTICO_BUILD_CA: z.string().optional(),
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  PORTICO_URL: z.string().optional(),
  PORTICO_TOKEN: z.string().optional(),
  PORTICO_CA: z.string().optional(),
});

/** A load balancer as it is published on this machine. */
export interface Front {
  service: 'lb' | 'lb-2';
  bind: string;
  httpsPort: number;
  httpPort: number;
  /** Where a browser on this machine finds the portal through it. */
  address: string;
}

export interface Config {
  project: string;
  /** Where a browser on this machine finds the portal. */
  address: string;
  /** The first load balancer, and the second where there is one (balancers.ts knows). */
  fronts: { lb: Front; 'lb-2': Front };
  /** What compose reads from COMPOSE_PROFILES. */
  profiles: string[];
  /** What the operator chose for the image builds; undefined: to be found out. */
  baseImage: string | undefined;
  buildCa: string | undefined;
  /** CA bundle that this machine's own Node was told to trust. */
  nodeCa: string | undefined;
  /** Of commands that talk to a portal as any program does: its addresses, an access token, the file of a certificate to trust. */
  remote: { urls: string[]; token: string | undefined; caFile: string | undefined };
}

/** Reads what compose reads, in its order: the environment, then `.env` beside compose.yaml, then the defaults. */
export function readConfig(environment: NodeJS.ProcessEnv, dotenv: NodeJS.Dict<string>): Config {
  const parsed = schema.safeParse({ ...dotenv, ...environment });
  if (!parsed.success) throw new UsageError(parsed.error.issues.map((issue) => issue.message).join(' '));
  const values = parsed.data;
  const bind = values.PORTICO_BIND || '127.0.0.1';
  const lb: Front = {
    service: 'lb',
    bind,
    httpsPort: values.PORTICO_HTTPS_PORT,
    httpPort: values.PORTICO_HTTP_PORT,
    address: addressAt(bind, values.PORTICO_HTTPS_PORT),
  };
  const bind2 = values.PORTICO_BIND_2 || bind;
  const lb2: Front = {
    service: 'lb-2',
    bind: bind2,
    httpsPort: values.PORTICO_HTTPS_PORT_2,
    httpPort: values.PORTICO_HTTP_PORT_2,
    address: addressAt(bind2, values.PORTICO_HTTPS_PORT_2),
  };
  return {
    project: values.COMPOSE_PROJECT_NAME || 'portico',
    address: lb.address,
    fronts: { lb, 'lb-2': lb2 },
    profiles: values.COMPOSE_PROFILES.split(',').filter((profile) => profile !== ''),
    baseImage: values.BASE_IMAGE || undefined,
    buildCa: values.PORTICO_BUILD_CA || undefined,
    nodeCa: values.NODE_EXTRA_CA_CERTS || undefined,
    remote: {
      urls: (values.PORTICO_URL ?? '')
        .split(',')
        .map((url) => url.trim().replace(/\/$/, ''))
        .filter((url) => url !== ''),
      token: values.PORTICO_TOKEN || undefined,
      caFile: values.PORTICO_CA || undefined,
    },
  };
}

/** The one place of the CLI that reads the process's environment. */
export function loadConfig(): Config {
  const path = join(ROOT, '.env');
  return readConfig(process.env, existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {});
}

/** @param settings beside what compose reads by itself: what setup found for the image builds, and a command's own */
export function composeOf(config: Config, settings: Record<string, string> = {}): Compose {
  return new Compose(config.project, { env: { DOCKER_BUILDKIT: '1', ...settings }, cwd: ROOT });
}

function addressAt(bind: string, httpsPort: number): string {
  return `https://${localName(bind)}:${httpsPort}`;
}

/** The name that the certificate bears, for an address that means this machine. */
function localName(bind: string): string {
  if (['0.0.0.0', '127.0.0.1', '::', '::1'].includes(bind)) return 'localhost';
  return isIPv6(bind) ? `[${bind}]` : bind;
}

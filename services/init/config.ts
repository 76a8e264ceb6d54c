import { isIP } from 'node:net';
import { z } from 'zod';
import { PorticoError } from '../platform/errors.ts';
import type { Roots } from './files.ts';
import type { Settings } from './secrets.ts';

const HOSTNAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** Compose passes a variable that nobody set as an empty string. */
const schema = z.object({
  PORTICO_ADMIN_PASSWORD: z
    .string()
    .default('')
    .refine((value) => value === '' || (value.length >= 12 && value.length <= 200), {
      error: 'PORTICO_ADMIN_PASSWORD must have 12 to 200 characters. Leave it out and one is made for you.',
    })
    .refine((value) => !/[\0\r\n]/.test(value), { error: 'PORTICO_ADMIN_PASSWORD must be one line.' }),
  PORTICO_HOSTNAME: z
    .string()
    .default('')
    .refine((value) => value === '' || isIP(value) > 0 || HOSTNAME.test(value), {
      error: 'PORTICO_HOSTNAME must be one DNS name or address, such as portal.example.com.',
    }),
  PORTICO_SECRETS_ROOT: z.string().default('/secrets'),
  PORTICO_DATA_ROOT: z.string().default('/data'),
});

export function readConfig(env: NodeJS.ProcessEnv): { settings: Settings; roots: Roots } {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    throw new PorticoError('invalid', parsed.error.issues.map((issue) => issue.message).join(' '));
  }
  const values = parsed.data;
  const secrets = values.PORTICO_SECRETS_ROOT;
  return {
    settings: {
      adminPassword: values.PORTICO_ADMIN_PASSWORD || undefined,
      hostname: values.PORTICO_HOSTNAME || undefined,
    },
    roots: {
      state: `${secrets}/state`,
      portal: `${secrets}/portal`,
      agent: `${secrets}/agent`,
      migrate: `${secrets}/migrate`,
      db: `${secrets}/db`,
      lb: `${secrets}/lb`,
      data: values.PORTICO_DATA_ROOT,
    },
  };
}

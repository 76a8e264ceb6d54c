import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What the configurations of portal and agent are read with; every fault is reported at once. */

const UNITS: Record<string, number> = { '': 1, B: 1, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40 };

/** `2GiB`, `512 MiB`, `1000`: bytes; undefined when it is none of these. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]ib|b|)$/i.exec(text.trim());
  if (!match) return undefined;
  const bytes = Math.floor(Number(match[1]) * UNITS[match[2]!.toUpperCase()]!);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

export const port = (otherwise: number) => z.coerce.number().int().min(0).max(65535).default(otherwise);

/** @param otherwise when it is not set */
export const whole = (least: number, otherwise: number) =>
  z.preprocess(
    (text) => (text === '' ? undefined : text),
    z.coerce.number().int().min(least).default(otherwise),
  );

export const bytes = z.string().transform((text, context) => {
  const parsed = parseBytes(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `"${text}" is not a size; write for example 2GiB or 512MiB` });
  return z.NEVER;
});

export const nodes = z.string().transform((list, context) =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => {
      if (/^[\w.-]+(:\d+)?$/.test(entry)) return entry;
      context.addIssue({ code: 'custom', message: `"${entry}" is neither name nor name:port` });
      return z.NEVER;
    }),
);

/** Reads secrets, one file each, from the directory that PORTICO_SECRETS names; notes what is wrong in `faults`. */
export function secretReader(env: NodeJS.ProcessEnv, faults: string[]): (name: string) => string {
  const directory = env.PORTICO_SECRETS ?? '/run/portico/secrets';
  return (name) => {
    try {
      const value = readFileSync(join(directory, name), 'utf8').trim();
      if (value === '') faults.push(`the secret ${name} is empty`);
      return value;
    } catch (error) {
      faults.push(`the secret ${name} cannot be read: ${(error as Error).message}`);
      return '';
    }
  };
}

/** @returns what is wrong with the environment, a sentence each */
export function faultsOf(parsed: z.ZodSafeParseResult<unknown>): string[] {
  return parsed.success ? [] : parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`);
}

export function refuse(faults: string[]): never {
  throw new Error(`the configuration is faulty:\n  ${faults.join('\n  ')}`);
}

/** What may be said of an API. Pure. */
import { z } from 'zod';
import { PorticoError } from '../../platform/errors.ts';
import { slugOf } from '../../specs/names.ts';
import { check } from '../http/input.ts';
import { type ApiFacts, LIFECYCLES } from './types.ts';

const words = (longest: number) => z.string().trim().max(longest, `at most ${longest} characters`);

export const apiName = z
  .string()
  .max(80, 'at most 80 characters')
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'small letters, digits and single hyphens, such as pet-store')
  .refine((name) => name !== 'upload', '“upload” is an address of the catalog itself');

/** A version stands in addresses as it is. */
export const versionName = z
  .string()
  .trim()
  .regex(/^[\w.+-]{1,64}$/, 'letters, digits, dots, hyphens and plus signs, such as 1.0.0; at most 64')
  .refine((name) => !/^\.+$/.test(name), 'a version is not only dots');

const date = z.iso.date('a day, such as 2027-01-31');

const apiFacts = z
  .object({
    title: words(200).min(1, 'a title'),
    summary: words(500),
    owner: words(100),
    tags: z
      .array(words(40).min(1, 'a word'))
      .max(20, 'at most 20 tags')
      .transform((tags) => [...new Set(tags)]),
    lifecycle: z.enum(LIFECYCLES, `one of ${LIFECYCLES.join(', ')}`),
    sunset: date.nullable(),
  })
  .partial();

/** Those that were given. @throws PorticoError 'invalid' */
export function factsOf(given: unknown): Partial<ApiFacts> {
  const facts = check(apiFacts, given);
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/**
 * A day that is over cannot be announced; one that was announced in time stays, and a retired API has ended on one.
 * @param today `2027-01-31`
 * @throws PorticoError 'invalid'
 */
export function checkSunset(
  before: Pick<ApiFacts, 'sunset'> | undefined,
  after: Pick<ApiFacts, 'sunset' | 'lifecycle'>,
  today: string,
): void {
  const { sunset, lifecycle } = after;
  if (sunset === null || sunset >= today || lifecycle === 'retired' || sunset === before?.sunset) return;
  const sentence = `${sunset} is over: name a day that is still to come, or call the API retired`;
  throw new PorticoError('invalid', `The request has something wrong: sunset. ${sentence}.`, {
    fields: { sunset: sentence },
  });
}

export const NO_FACTS: ApiFacts = {
  title: '',
  summary: '',
  owner: '',
  tags: [],
  lifecycle: 'draft',
  sunset: null,
};

/** A description's own title and version, as names; undefined when nothing is left of one. */
export function nameFrom(title: string): string | undefined {
  // Names are ASCII: they are typed on command lines.
  const name = slugOf(title)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? undefined : name;
}

export function versionFrom(version: string): string | undefined {
  const name = version
    .trim()
    .replaceAll(/[^\w.+-]+/g, '-')
    .slice(0, 64);
  return versionName.safeParse(name).success ? name : undefined;
}

/** What somebody asks, as it stands in an address, and addresses that ask something else. */
import { z } from 'zod';
import { LIFECYCLES } from '../catalog/types.ts';
import { KINDS, LANGUAGES } from './documents.ts';

/** Who has not found it by then asks otherwise. */
export const LAST_PAGE = 50;

const fields = {
  q: z.string().max(200).default(''),
  api: z.string().max(80).optional(),
  lifecycle: z.enum(LIFECYCLES).optional(),
  language: z.enum(LANGUAGES).optional(),
  page: z.coerce.number().int().min(1).max(LAST_PAGE).default(1),
};
/** Of a generation. */
export const published = z.object({ ...fields, kind: z.enum(KINDS).optional() });
/** Of everything: the library's files, too. */
export const everything = z.object({ ...fields, kind: z.enum([...KINDS, 'file']).optional() });
export const words = z.object({ q: fields.q });

/** A form sends what nobody chose as nothing. */
export function given(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    ),
  );
}

/** Another choice begins at its first page. */
export function address(query: Record<string, string>, change: Record<string, string | undefined>): string {
  const { page: _, ...rest } = query;
  const all = Object.entries({ ...rest, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `/search?${new URLSearchParams(all)}`;
}

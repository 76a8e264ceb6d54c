import type { Request } from 'express';
import { z } from 'zod';
import type { IdempotencyKey } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import type { Principal } from './context.ts';

/** @throws PorticoError 'invalid' that names every field that is wrong */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) fields[issue.path.join('.') || 'body'] ??= issue.message;
  const names = Object.keys(fields).join(', ');
  throw new PorticoError('invalid', `The request has something wrong: ${names}.`, { fields });
}

export const paging = {
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};

/** Whose key it is: one person's or program's keys mean nothing to another's. */
export function scopeOf({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}

/** The client's Idempotency-Key, scoped by who sent it. @throws PorticoError 'invalid' */
export function idempotencyOf(request: Request): { idempotency?: IdempotencyKey } {
  const key = keyOf(request);
  const { principal } = request;
  return key === undefined
    ? {}
    : { idempotency: { principal: principal ? scopeOf(principal) : 'nobody', key } };
}

/** @throws PorticoError 'invalid' */
export function keyOf(request: Request): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new PorticoError(
      'invalid',
      'The Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.',
    );
  return key;
}

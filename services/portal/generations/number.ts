import { PorticoError } from '../../platform/errors.ts';

/** A generation's number, from an address. @throws PorticoError 'not-found' */
export function numberOf(value: unknown, least = 1): number {
  const n = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : -1;
  if (n < least) throw new PorticoError('not-found', 'A generation has a number, such as 42.');
  return n;
}

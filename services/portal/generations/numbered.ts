import type { Request } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Generation } from './generation.ts';

/** Seconds for which the load balancer keeps what a generation answers: it never changes. */
export const KEPT_BY_NUMBER = 3_600;

/** The generation that an address names: `/g/42/…`. @throws PorticoError 'not-found' */
export async function numbered(
  request: Request,
  byNumber: (n: number) => Promise<Generation>,
): Promise<Generation> {
  const { n } = request.params as Record<string, string>;
  if (!/^[1-9]\d{0,8}$/.test(n!))
    throw new PorticoError('not-found', 'A generation has a number, such as 42.');
  return byNumber(Number(n));
}

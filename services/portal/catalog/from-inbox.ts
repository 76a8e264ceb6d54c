/** A description that somebody copies into the inbox becomes a draft. */
import { PorticoError } from '../../platform/errors.ts';
import { isGraphql, saysSo } from '../../specs/recognise.ts';
import type { TakeSpec } from '../media/inbox.ts';
import type { Catalog } from './types.ts';

/** An archive's first bytes say nothing: it is media unless its name says otherwise. */
const ARCHIVE = /(openapi|swagger|asyncapi|spec|api)[^/]*\.zip$/i;

export const looksLikeSpec = (name: string, head: Buffer): boolean =>
  isGraphql(name) || ARCHIVE.test(name) || saysSo(name, head.toString('utf8'));

/** @param maxBytes larger ones are media */
export function specsFromInbox(catalog: Pick<Catalog, 'submit'>, maxBytes: number): TakeSpec {
  return async ({ name, operationId, head, size, bytes }) => {
    if (size > maxBytes || !looksLikeSpec(name, head)) return false;
    const content = await bytes();
    // The claim's own key: a portal that finishes what another began adds nothing.
    const idempotency = { principal: 'inbox', key: operationId };
    try {
      await catalog.submit({ given: { name, bytes: content }, by: 'inbox', replace: true, idempotency });
    } catch (error) {
      // An archive whose name only sounds like one.
      if (ARCHIVE.test(name) && error instanceof PorticoError && error.code === 'spec-invalid') return false;
      throw error;
    }
    return true;
  };
}

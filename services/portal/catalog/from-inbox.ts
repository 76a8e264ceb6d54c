/** A description that somebody copies into the inbox becomes a draft. */
import { PorticoError } from '../../platform/errors.ts';
import type { TakeSpec } from '../media/inbox.ts';
import type { Catalog } from './types.ts';

const GRAPHQL = /\.(graphqls?|gql)$/i;
const DATA = /\.(ya?ml|jsonc?)$/i;
/** Its first lines say what it is; an archive says nothing, and is media unless its name says otherwise. */
const SAYS_SO = /(^|[\n{,]\s*)["']?(openapi|swagger|asyncapi)["']?\s*:/;
const ARCHIVE = /(openapi|swagger|asyncapi|spec|api)[^/]*\.zip$/i;

export const looksLikeSpec = (name: string, head: Buffer): boolean =>
  GRAPHQL.test(name) || ARCHIVE.test(name) || (DATA.test(name) && SAYS_SO.test(head.toString('utf8')));

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

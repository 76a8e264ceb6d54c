import { PorticoError } from '../../platform/errors.ts';
import type { Shown, ShownType } from '../../specs/model.ts';
import type { LoadedVersion } from '../generations/generation.ts';

/** @throws PorticoError 'not-found' */
export function entryOf({ api, version, compiled }: LoadedVersion, id: string): Shown {
  const entry = compiled.entry(id);
  if (entry === undefined)
    throw new PorticoError('not-found', `${api.title} ${version.name} has no such operation.`);
  return entry;
}

/** @throws PorticoError 'not-found' */
export function typeOf({ api, version, compiled }: LoadedVersion, slug: string): ShownType {
  const type = compiled.type(slug);
  if (type === undefined)
    throw new PorticoError('not-found', `${api.title} ${version.name} has no such schema.`);
  return type;
}

/**
 * Swagger UI reads OpenAPI alone. What GraphQL and AsyncAPI offer is no request that a page could make on its own, so their
 * reference is the one of the server: types and channels as pages that link to one another.
 */
export function isInteractive({ version }: LoadedVersion, entry?: Shown): boolean {
  if (!/^(openapi|swagger)-/.test(version.format)) return false;
  return entry === undefined || (entry.kind === 'operation' && !entry.webhook);
}

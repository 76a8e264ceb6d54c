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
 * Swagger UI reads OpenAPI alone. AsyncAPI and GraphQL have the pages that the server renders, channels and types that link
 * to one another: AsyncAPI's own component (@asyncapi/react-component 3.2.1) runs code that it makes out of schemas, which
 * no page's policy allows, and calls nothing; GraphiQL shows nothing without an endpoint that lets strangers ask it.
 */
export function isInteractive({ version }: LoadedVersion, entry?: Shown): boolean {
  if (!/^(openapi|swagger)-/.test(version.format)) return false;
  return entry === undefined || (entry.kind === 'operation' && !entry.webhook);
}

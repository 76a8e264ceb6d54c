import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import { shared } from './shared.ts';

/**
 * Scripts, styles and pictures of the portal itself, read once at start. Their address carries the hash of them all, so
 * a browser keeps them for ever, and a script's import of `./other.js` finds the one that it belongs to. During a
 * rollout the other release's hash is asked for here, too: then the answer is what this release has, kept only for seconds.
 */
export interface Assets {
  url(name: string): string;
  routes: RequestHandler;
}

/** @param kept scripts of dependencies, by the name under which ours import them: files as they were published */
export function loadAssets(directory: string, kept: Record<string, string> = {}): Assets {
  const files = new Map<string, { etag: string; content: Buffer }>();
  const hashOf = (content: Buffer | string) =>
    createHash('sha256').update(content).digest('hex').slice(0, 16);
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || /\.(ts|md)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    const name = path.slice(directory.length).replace(/^\/+/, '');
    files.set(name, { etag: `"${hashOf(content)}"`, content });
  }
  for (const [name, path] of Object.entries(kept)) {
    const content = readFileSync(path);
    files.set(name, { etag: `"${hashOf(content)}"`, content });
  }
  const release = hashOf(JSON.stringify([...files].map(([name, { etag }]) => [name, etag]).sort()));

  const routes = Router();
  routes.get('/assets/:hash/*name', (request, response) => {
    const { hash, name } = request.params as { hash: string; name: string[] };
    const file = files.get(name.join('/'));
    if (!file || !/^[0-9a-f]{16}$/.test(hash)) throw new PorticoError('not-found', 'There is no such file.');
    const exact = hash === release;
    response
      .set('Cache-Control', exact ? 'public, max-age=31536000, immutable, s-maxage=3600' : shared())
      .set('ETag', file.etag)
      .type(name.at(-1)!.split('.').at(-1)!);
    if (request.fresh) response.status(304).end();
    else response.send(file.content);
  });
  return {
    routes,
    url(name) {
      if (!files.has(name)) throw new Error(`there is no asset ${name}`);
      return `/assets/${release}/${name}`;
    },
  };
}

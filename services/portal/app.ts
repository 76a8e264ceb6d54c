import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler } from 'express';
import onHeaders from 'on-headers';
import type { Logger } from '../platform/log.ts';
import type { Traffic } from './drain.ts';
import { loadAssets } from './http/assets.ts';
import { edge } from './http/edge.ts';
import { errorHandler, notFound } from './http/errors.ts';
import { securityHeaders } from './http/headers.ts';
import { traffic } from './http/traffic.ts';
import type { Readiness } from './operations/types.ts';

export interface AppParts {
  node: string;
  edgeSecret: string;
  log: Logger;
  traffic: Traffic;
  isDraining(): boolean;
  readiness(): Readiness;
  /** The activation whose generation is served, as far as it is known: for the load balancer. */
  epoch(): number | undefined;
  /** The database is away: every page says so. */
  isReadingOnly(): boolean;
  /** The number of what is published: every page is of one generation, and so is what it searches. */
  generation(): number | undefined;
  /** Every feature's routes, in the order in which they are asked. */
  routes: RequestHandler[];
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Middleware, routers, and the one error handler. */
export function createApp(parts: AppParts): Express {
  const { resolve } = createRequire(import.meta.url);
  const assets = loadAssets(here('./assets'), {
    'tus.js': resolve('tus-js-client/dist/tus.min.js'),
    'swagger-ui.js': resolve('swagger-ui-dist/swagger-ui-bundle.js'),
    'swagger-ui.css': resolve('swagger-ui-dist/swagger-ui.css'),
  });
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('views', here('./views'));
  app.set('view engine', 'ejs');
  app.enable('view cache');
  Object.assign(app.locals, { node: parts.node, assetUrl: assets.url });
  // Asked anew for each page.
  Object.defineProperty(app.locals, 'readingOnly', { get: parts.isReadingOnly, enumerable: true });
  Object.defineProperty(app.locals, 'generation', { get: parts.generation, enumerable: true });

  app.use((_request, response, next) => {
    response.set('X-Portico-Node', parts.node);
    // As it is when the answer begins: the answer to an activation tells of that one (nginx/lua/epochs.lua).
    onHeaders(response, () => {
      const epoch = parts.epoch();
      if (epoch !== undefined) response.setHeader('X-Portico-Epoch', epoch);
    });
    next();
  });
  app.use(edge(parts.edgeSecret));
  app.use(traffic(parts.traffic, parts.isDraining, parts.log));
  app.use(securityHeaders);

  app.get('/-/live', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ node: parts.node, live: true });
  });
  app.get('/-/ready', (request, response) => {
    const readiness = parts.readiness();
    const { node, full, reading } = readiness;
    // Other portals ask directly and see everything; the world, through the load balancer, sees only open or not.
    const shown = request.fromEdge
      ? { node, full: { open: full.open }, reading: { open: reading.open } }
      : readiness;
    response
      .status(full.open ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(shown);
  });
  app.use(assets.routes);
  for (const routes of parts.routes) app.use(routes);
  app.use(notFound);
  app.use(errorHandler(parts.log));
  return app;
}

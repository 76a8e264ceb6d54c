import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Entry } from '../../specs/model.ts';
import { humanSize } from '../assets/words.js';
import type { Generation, LoadedVersion } from '../generations/generation.ts';
import { KEPT_BY_NUMBER, numbered } from '../generations/numbered.ts';
import { allow } from '../http/headers.ts';
import { render } from '../http/render.ts';
import { type Blobs, sendBlob } from './blobs.ts';
import { type Callable, callableBy, callableOf } from './callable.ts';
import { baseOf, frameOf } from './frame.ts';
import { entryOf, isInteractive } from './lookup.ts';

export interface InteractiveDeps extends Blobs {
  /** What is published now; undefined: nothing yet. @throws PorticoError when it is not known */
  current(): Generation | undefined;
  /** Also one that is no longer current: a page goes on with the one that it began with. @throws PorticoError 'not-found' */
  byNumber(n: number): Promise<Generation>;
}

/** Seconds for which the load balancer answers with it by itself. */
const KEPT = 1;
/** Bytes of a description from which on the page says that opening it takes a while: GitHub's 13 MB take 3 s of a processor. */
const LARGE = 3_000_000;

/**
 * The interactive reference: Swagger UI, from this portal's own files, over the description of the page's generation. The
 * page may call the servers that the description names, with nothing of the portal's: see assets/try.js.
 */
export function interactivePages(deps: InteractiveDeps): Router {
  const router = Router();

  const show = (
    request: Request,
    response: Response,
    loaded: LoadedVersion,
    servers: Callable,
    only?: Entry,
  ) => {
    const { n } = deps.current()!;
    const base = baseOf(loaded);
    const ownData = `/g/${n}${base}`;
    const { size } = loaded.version.document;
    // The pictures in Swagger UI's style sheet are `data:`.
    allow(request, response, { connectSrc: servers.origins, imgSrc: ['data:'] });
    render(
      request,
      response,
      'try',
      {
        title: `Try ${only ? only.summary || only.name : loaded.api.title} · ${loaded.api.title}`,
        generation: n,
        frame: frameOf(loaded),
        servers,
        only,
        // One operation is cut out of its description first, and opens at once.
        large: !only && size > LARGE ? humanSize(size) : '',
        back: only ? `${base}/operations/${only.id}` : base,
        description: `${ownData}/description.json`,
        operations: `${ownData}/operations.json`,
      },
      { publicSeconds: KEPT },
    );
  };

  router.get('/apis/:name/:version/try', (request, response) => {
    const loaded = currentOf(deps, request);
    show(request, response, loaded, callableOf(loaded.compiled));
  });

  router.get('/apis/:name/:version/operations/:id/try', (request, response) => {
    const loaded = currentOf(deps, request);
    const entry = entryOf(loaded, request.params.id);
    if (!isInteractive(loaded, entry))
      throw new PorticoError('not-found', 'This is called by the API itself, so there is nothing to try.');
    show(request, response, loaded, callableBy(loaded.compiled, entry.id), entry);
  });

  const forever = `public, max-age=${KEPT_BY_NUMBER}, s-maxage=${KEPT_BY_NUMBER}`;

  router.get('/g/:n/apis/:name/:version/description.json', async (request, response) => {
    const { version } = loadedOf(await numbered(request, deps.byNumber), request);
    const { sha256 } = version.document;
    const name = 'description.json';
    await sendBlob(deps, request, response, { sha256, type: 'application/json', name, cache: forever });
  });

  /** Where each operation's page is, for the way back to it. */
  router.get('/g/:n/apis/:name/:version/operations.json', async (request, response) => {
    const loaded = loadedOf(await numbered(request, deps.byNumber), request);
    const base = baseOf(loaded);
    const entries = loaded.compiled.overview.groups.flatMap((group) => group.entries);
    response
      .set('Cache-Control', forever)
      .json(
        Object.fromEntries(
          entries.map(({ id, label, name }) => [`${label} ${name}`, `${base}/operations/${id}`]),
        ),
      );
  });
  return router;
}

/** @throws PorticoError 'not-found' */
function currentOf({ current }: InteractiveDeps, request: Request): LoadedVersion {
  const generation = current();
  if (generation === undefined) throw new PorticoError('not-found', 'Nothing is published yet.');
  return loadedOf(generation, request);
}

/** @throws PorticoError 'not-found': it is not there, or no OpenAPI */
function loadedOf(generation: Generation, request: Request): LoadedVersion {
  const { name, version } = request.params as Record<string, string>;
  const loaded = generation.version(name!, version);
  if (!isInteractive(loaded))
    throw new PorticoError(
      'not-found',
      `${loaded.api.title} is not described in OpenAPI, so it cannot be tried here.`,
    );
  return loaded;
}

import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Generation, LoadedVersion } from '../generations/generation.ts';
import { rememberPages } from '../http/remember.ts';
import { render } from '../http/render.ts';
import { renderInPieces } from '../http/render-in-pieces.ts';
import { PAGE_SECONDS, shared } from '../http/shared.ts';
import { entryMarkdown, indexMarkdown, overviewMarkdown, typeMarkdown } from './as-markdown.ts';
import { type Blobs, sendBlob } from './blobs.ts';
import { baseOf, frameOf } from './frame.ts';
import { filterOf, listShown } from './list-shown.ts';
import { entryOf, isInteractive, typeOf } from './lookup.ts';
import { overviewShown } from './overview-shown.ts';
import { printed } from './print.ts';
import { entryShown, pageWords, typeShown } from './shown.ts';

/** Pages for print that are made at once: a large one is seconds of work. */
const MAX_PRINTING = 4;

/** Rendered once and then answered from memory: what they show depends on their path alone. */
const REMEMBERED = [
  '/llms.txt',
  '/apis.md',
  '/apis/:name.md',
  '/apis/:name/:version.md',
  '/apis/:name/:version/operations/:id.md',
  '/apis/:name/:version/schemas/:slug.md',
  '/apis/:name',
  '/apis/:name/:version',
  '/apis/:name/:version/operations/:id',
  '/apis/:name/:version/schemas/:slug',
];
/** For lists, by every filter that somebody thinks of: bytes. */
const LISTS_BYTES = 8 * 1024 * 1024;

export interface ReferenceDeps extends Blobs {
  /** What is published now; undefined: nothing yet. @throws PorticoError when it is not known */
  current(): Generation | undefined;
}

/** The published APIs and their reference: public, from memory, without the database. */
export function referencePages(deps: ReferenceDeps): Router {
  const router = Router();

  const needed = (): Generation => {
    const generation = deps.current();
    if (generation === undefined) throw new PorticoError('not-found', 'Nothing is published yet.');
    return generation;
  };
  const loadedOf = (request: Request): LoadedVersion => {
    const { name, version } = request.params as Record<string, string>;
    return needed().version(name!, version);
  };
  const show = (
    request: Request,
    response: Response,
    view: string,
    locals: { title: string } & Record<string, unknown>,
  ) =>
    render(
      request,
      response,
      view,
      { generation: deps.current()?.n, ...locals },
      { publicSeconds: PAGE_SECONDS },
    );

  const edition = deps.current;
  // By the day, which tells whether a sunset is over.
  const keyOf = ({ path }: Request) => `${new Date().toISOString().slice(0, 10)} ${path}`;
  router.get(REMEMBERED, rememberPages({ edition, keyOf }));
  router.get(
    '/apis',
    rememberPages({ edition, keyOf: ({ originalUrl }) => originalUrl, maxBytes: LISTS_BYTES }),
  );

  router.get('/apis', (request, response) => {
    const generation = deps.current();
    show(request, response, 'apis', {
      title: 'APIs',
      ...listShown(generation?.manifest.apis ?? [], filterOf(request.query)),
    });
  });

  const plain = (response: Response, text: string) =>
    response.set('Cache-Control', shared()).type('text/markdown').send(text);
  router.get(['/llms.txt', '/apis.md'], (_request, response) => {
    plain(response, indexMarkdown(needed()));
  });
  router.get(['/apis/:name.md', '/apis/:name/:version.md'], (request, response) => {
    plain(response, overviewMarkdown(loadedOf(request)));
  });
  router.get('/apis/:name/:version/operations/:id.md', (request, response) => {
    const loaded = loadedOf(request);
    plain(response, entryMarkdown(entryOf(loaded, request.params.id), loaded));
  });
  router.get('/apis/:name/:version/schemas/:slug.md', (request, response) => {
    const loaded = loadedOf(request);
    plain(response, typeMarkdown(typeOf(loaded, request.params.slug), loaded));
  });

  const overview = (request: Request, response: Response) => {
    const loaded = loadedOf(request);
    const base = baseOf(loaded);
    const json = loaded.version.format !== 'graphql';
    show(request, response, 'api', {
      title: loaded.api.title,
      frame: frameOf(loaded),
      overview: overviewShown(loaded),
      downloads: json
        ? [
            { word: 'JSON', href: `${base}/description.json` },
            { word: 'YAML', href: `${base}/description.yaml` },
          ]
        : [{ word: 'SDL', href: `${base}/description.graphql` }],
      interactive: isInteractive(loaded) ? `${base}/try` : undefined,
    });
  };
  router.get('/apis/:name', overview);
  router.get('/apis/:name/:version', overview);

  router.get('/apis/:name/:version/operations/:id', (request, response) => {
    const loaded = loadedOf(request);
    const entry = entryOf(loaded, request.params.id);
    show(request, response, 'entry', {
      title: `${entry.summary || entry.name} · ${loaded.api.title}`,
      frame: frameOf(loaded, { entry: entry.id }),
      entry: entryShown(entry, loaded),
      interactive: isInteractive(loaded, entry) ? `${baseOf(loaded)}/operations/${entry.id}/try` : undefined,
      words: pageWords(entry),
    });
  });

  let printing = 0;
  router.get('/apis/:name/:version/print', async (request, response) => {
    const loaded = loadedOf(request);
    if (printing >= MAX_PRINTING)
      throw new PorticoError('not-now', 'Many pages are made for print just now. Try again in a moment.', {
        retryAfter: 5,
      });
    printing++;
    try {
      await renderInPieces(request, response, printed(loaded), { publicSeconds: PAGE_SECONDS });
    } finally {
      printing--;
    }
  });

  router.get('/apis/:name/:version/schemas/:slug', (request, response) => {
    const loaded = loadedOf(request);
    const type = typeOf(loaded, request.params.slug);
    show(request, response, 'type', {
      title: `${type.name} · ${loaded.api.title}`,
      frame: frameOf(loaded, { type: type.slug }),
      type: typeShown(type, loaded),
    });
  });

  /** @param name what a browser saves it as */
  const bytes = (request: Request, response: Response, sha256: string, type: string, name: string) =>
    sendBlob(deps, request, response, { sha256, type, name, cache: shared() });

  router.get('/apis/:name/:version/source', async (request, response) => {
    const { version } = loadedOf(request);
    await bytes(request, response, version.source.sha256, 'application/octet-stream', version.source.name);
  });

  router.get('/apis/:name/:version/description.:form', async (request, response) => {
    const { api, version } = loadedOf(request);
    const { form } = request.params as Record<string, string>;
    const name = `${api.name}-${version.name}.${form}`;
    const isGraphql = version.format === 'graphql';
    const { sha256 } = version.document;
    if (form === 'graphql' && isGraphql)
      return bytes(request, response, sha256, 'text/plain; charset=utf-8', name);
    if (form === 'json' && !isGraphql) return bytes(request, response, sha256, 'application/json', name);
    if (form === 'yaml' && version.yaml)
      return bytes(request, response, version.yaml.sha256, 'application/yaml', name);
    throw new PorticoError('not-found', 'The description is there as JSON and YAML, and GraphQL as itself.');
  });
  return router;
}

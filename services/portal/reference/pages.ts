import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Shown, ShownType } from '../../specs/model.ts';
import type { Generation, LoadedVersion } from '../generations/generation.ts';
import { render } from '../http/render.ts';
import { entryMarkdown, indexMarkdown, overviewMarkdown, typeMarkdown } from './as-markdown.ts';
import { filterOf, listShown } from './list-shown.ts';
import { baseOf, entryShown, frameOf, overviewShown, pageWords, typeShown } from './shown.ts';

/** Seconds for which the load balancer answers with it by itself: so long a page may be seen after another was published. */
const KEPT = 1;

export interface ReferenceDeps {
  /** What is published now; undefined: nothing yet. @throws PorticoError when it is not known */
  current(): Generation | undefined;
  /** A blob's path below `blobs/`, for the load balancer. */
  blobPath(sha256: string): string;
  /** The bytes of a blob, where no load balancer is in front. */
  readBlob(sha256: string): Promise<Buffer>;
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
  ) => render(request, response, view, { generation: deps.current()?.n, ...locals }, { publicSeconds: KEPT });

  router.get('/apis', (request, response) => {
    const generation = deps.current();
    show(request, response, 'apis', {
      title: 'APIs',
      ...listShown(generation?.manifest.apis ?? [], filterOf(request.query)),
    });
  });

  const plain = (response: Response, text: string) =>
    response.set('Cache-Control', `public, max-age=0, s-maxage=${KEPT}`).type('text/markdown').send(text);
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
    plain(response, typeMarkdown(typeOf(loadedOf(request), request.params.slug)));
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
      interactive: undefined,
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
      words: pageWords(entry),
    });
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
  const bytes = async (request: Request, response: Response, sha256: string, type: string, name: string) => {
    response.set({
      'Content-Type': type,
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'Cache-Control': `public, max-age=0, s-maxage=${KEPT}`,
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': 'sandbox',
      ETag: `"${sha256}"`,
    });
    if (request.fromEdge) response.set('X-Accel-Redirect', `/_blobs/${deps.blobPath(sha256)}`).end();
    else response.send(await deps.readBlob(sha256));
  };

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

/** @throws PorticoError 'not-found' */
function entryOf({ api, version, compiled }: LoadedVersion, id: string): Shown {
  const entry = compiled.entry(id);
  if (entry === undefined)
    throw new PorticoError('not-found', `${api.title} ${version.name} has no such operation.`);
  return entry;
}

/** @throws PorticoError 'not-found' */
function typeOf({ api, version, compiled }: LoadedVersion, slug: string): ShownType {
  const type = compiled.type(slug);
  if (type === undefined)
    throw new PorticoError('not-found', `${api.title} ${version.name} has no such schema.`);
  return type;
}

import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Generation, LoadedVersion } from '../generations/generation.ts';
import { render } from '../http/render.ts';
import { count } from '../views/words.ts';
import { entryMarkdown, indexMarkdown, overviewMarkdown, typeMarkdown } from './as-markdown.ts';
import { type Blobs, sendBlob } from './blobs.ts';
import { entryOf, isInteractive, typeOf } from './lookup.ts';
import { baseOf, cardOf, entryShown, frameOf, overviewShown, pageWords, typeShown } from './shown.ts';

/** Seconds for which the load balancer answers with it by itself: so long a page may be seen after another was published. */
const KEPT = 1;

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
  ) => render(request, response, view, { generation: deps.current()?.n, ...locals }, { publicSeconds: KEPT });

  router.get('/apis', (request, response) => {
    const generation = deps.current();
    const tag = typeof request.query.tag === 'string' ? request.query.tag : undefined;
    const all = (generation?.manifest.apis ?? []).filter(({ lifecycle }) => lifecycle !== 'retired');
    const apis = tag === undefined ? all : all.filter(({ tags }) => tags.includes(tag));
    show(request, response, 'apis', {
      title: 'APIs',
      apis: apis.map(cardOf),
      summary:
        tag === undefined ? count(apis.length, 'API') : `${count(apis.length, 'API')} with the tag ${tag}`,
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
    sendBlob(deps, request, response, { sha256, type, name, cache: `public, max-age=0, s-maxage=${KEPT}` });

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

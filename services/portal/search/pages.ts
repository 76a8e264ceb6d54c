import { type Response, Router } from 'express';
import type { Generation } from '../generations/generation.ts';
import { KEPT_BY_NUMBER, numbered } from '../generations/numbered.ts';
import { check } from '../http/input.ts';
import { render } from '../http/render.ts';
import { everything, given, published, words } from './asked.ts';
import type { FileSearch, FoundFiles } from './files.ts';
import { pageShown } from './page-shown.ts';
import { fileShown, hitShown, suggestionOf } from './shown.ts';

export interface SearchDeps {
  current(): Generation | undefined;
  /** Also one that is no longer current: a page goes on with the one that it began with. @throws PorticoError 'not-found' */
  byNumber(n: number): Promise<Generation>;
  files: FileSearch;
}

const PAGE = 20;
const SUGGESTED = 7;
/** Files beside everything else. */
const FEW_FILES = 3;
const NO_FILES: FoundFiles = { total: 0, hits: [], partial: false };

/** Searching what is published, and the public files: public, from memory, without the database. */
export function searchPages({ current, byNumber, files }: SearchDeps): Router {
  const router = Router();

  router.get('/search', async (request, response) => {
    const query = given(request.query);
    const { q, kind, page, ...narrowed } = check(everything, query);
    const text = q.trim();
    const generation = current();
    const offset = (page - 1) * PAGE;
    const onlyFiles = kind === 'file';
    const wanted = defined({ ...narrowed, kind: onlyFiles ? undefined : kind });
    const found =
      generation && text !== ''
        ? await generation.search.search({ text, ...wanted, limit: onlyFiles ? 0 : PAGE, offset })
        : undefined;
    // A file has no API, no lifecycle and no language: whoever narrows by one of them does not look for a file.
    const isNarrowed = Object.keys(defined(narrowed)).length > 0;
    const foundFiles =
      text === '' || isNarrowed
        ? NO_FILES
        : files.search(onlyFiles ? { text, limit: PAGE, offset } : { text, limit: FEW_FILES });
    const titleOf = (name: string) =>
      generation?.manifest.apis.find((api) => api.name === name)?.title ?? name;
    render(
      request,
      response,
      'search',
      {
        title: text === '' ? 'Search' : `${text} · Search`,
        generation: generation?.n,
        ...pageShown({ query, text, kind, page, perPage: PAGE, found, files: foundFiles, titleOf }),
      },
      // It may name a file, and a file that is deleted is gone.
      { publicSeconds: 0 },
    );
  });

  // Of a generation alone, so that it may be kept; files have their own answer below.
  router.get('/g/:n/search.json', async (request, response) => {
    const generation = await numbered(request, byNumber);
    const { q, page, ...narrowed } = check(published, given(request.query));
    const found = await generation.search.search({
      text: q.trim(),
      ...defined(narrowed),
      limit: PAGE,
      offset: (page - 1) * PAGE,
    });
    keep(response).json({ generation: generation.n, ...found });
  });

  router.get('/g/:n/suggest.json', async (request, response) => {
    const generation = await numbered(request, byNumber);
    const { q } = check(words, request.query);
    const { hits } = await generation.search.search({ text: q.trim(), limit: SUGGESTED });
    keep(response).json({ generation: generation.n, hits: hits.map(hitShown).map(suggestionOf) });
  });

  /** Kept by nobody: a file that is deleted is not suggested any more. */
  router.get('/search/files.json', (request, response) => {
    const { q } = check(words, request.query);
    const { total, hits, partial } = files.search({ text: q.trim(), limit: FEW_FILES });
    response
      .set('Cache-Control', 'no-store')
      .json({ total, partial, hits: hits.map(fileShown).map(suggestionOf) });
  });

  router.get('/g/:n/theme.css', async (request, response) => {
    const { n } = await numbered(request, byNumber);
    response
      .set('Cache-Control', 'public, max-age=31536000, immutable, s-maxage=3600')
      .type('css')
      .send(`:root {\n  --generation: "${n}";\n}\n`);
  });
  return router;
}

const keep = (response: Response): Response =>
  response.set('Cache-Control', `public, max-age=${KEPT_BY_NUMBER}, s-maxage=${KEPT_BY_NUMBER}`);

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what was not said. */
function defined<T extends Record<string, unknown>>(all: T): Defined<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Defined<T>;
}

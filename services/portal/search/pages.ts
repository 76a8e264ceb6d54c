import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Generation } from '../generations/generation.ts';
import { KEPT_BY_NUMBER, numbered } from '../generations/numbered.ts';
import { check } from '../http/input.ts';
import { render } from '../http/render.ts';
import { count } from '../views/words.ts';
import { type FoundKind, KINDS } from './documents.ts';
import type { Hit } from './index.ts';
import { marks } from './marks.ts';

export interface SearchDeps {
  current(): Generation | undefined;
  /** Also one that is no longer current: a page goes on with the one that it began with. @throws PorticoError 'not-found' */
  byNumber(n: number): Promise<Generation>;
}

/** Seconds for which the load balancer answers with it by itself. */
const KEPT = 1;
const PAGE = 20;
const SUGGESTED = 8;

const asked = z.object({
  q: z.string().max(200).default(''),
  kind: z.enum(KINDS).optional(),
  api: z.string().max(80).optional(),
  page: z.coerce.number().int().min(1).max(50).default(1),
});

const WORDS: Record<FoundKind, string> = { api: 'APIs', operation: 'Operations', schema: 'Schemas' };

/** Searching what is published: public, from memory, without the database. */
export function searchPages({ current, byNumber }: SearchDeps): Router {
  const router = Router();

  router.get('/search', async (request, response) => {
    const query = queryOf(request);
    const generation = current();
    const found = generation && query.text !== '' ? await generation.search.search(query) : undefined;
    const hrefOf = (change: Record<string, string | undefined>) => address({ ...request.query, ...change });
    render(
      request,
      response,
      'search',
      {
        title: query.text === '' ? 'Search' : `${query.text} · Search`,
        generation: generation?.n ?? 0,
        text: query.text,
        api: query.api ?? '',
        summary: found === undefined ? '' : `${count(found.total, 'result')}`,
        kinds: found
          ? [
              {
                word: 'Everything',
                href: hrefOf({ kind: undefined, page: undefined }),
                isThis: query.kind === undefined,
                count: undefined,
              },
              ...KINDS.map((kind) => ({
                word: WORDS[kind],
                href: hrefOf({ kind, page: undefined }),
                isThis: query.kind === kind,
                count: found.kinds[kind],
              })),
            ]
          : [],
        hits: (found?.hits ?? []).map(hitShown),
        nextPage:
          found && found.total > query.offset + PAGE
            ? hrefOf({ page: String(query.offset / PAGE + 2) })
            : undefined,
      },
      { publicSeconds: KEPT },
    );
  });

  router.get('/g/:n/search.json', async (request, response) => {
    const generation = await numbered(request, byNumber);
    const query = queryOf(request);
    const found =
      query.text === '' ? { total: 0, hits: [], kinds: {} } : await generation.search.search(query);
    response
      .set('Cache-Control', `public, max-age=${KEPT_BY_NUMBER}, s-maxage=${KEPT_BY_NUMBER}`)
      .json({ generation: generation.n, ...found });
  });

  router.get('/g/:n/suggest.json', async (request, response) => {
    const generation = await numbered(request, byNumber);
    const { q } = check(asked, request.query);
    const words = q.trim() === '' ? [] : await generation.search.suggest(q, SUGGESTED);
    const { hits } =
      q.trim() === '' ? { hits: [] } : await generation.search.search({ text: q, limit: SUGGESTED });
    response.set('Cache-Control', `public, max-age=${KEPT_BY_NUMBER}, s-maxage=${KEPT_BY_NUMBER}`).json({
      generation: generation.n,
      words,
      hits: hits.map(({ id, kind, title, name, apiTitle }) => ({
        href: id,
        kind,
        title,
        name,
        api: apiTitle,
      })),
    });
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

function queryOf(request: Request) {
  const { q, kind, api, page } = check(asked, request.query);
  return {
    text: q.trim(),
    ...(kind !== undefined && { kind }),
    ...(api !== undefined && { api }),
    limit: PAGE,
    offset: (page - 1) * PAGE,
  };
}

function address(query: Record<string, unknown>): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return `/search?${new URLSearchParams(given)}`;
}

const hitShown = ({ id, kind, title, name, apiTitle, version, text, terms }: Hit) => ({
  href: id,
  kind,
  word: WORDS[kind].slice(0, -1),
  title: marks(title, terms),
  name: name === title ? [] : marks(name, terms),
  where: `${apiTitle} ${version}`,
  text: marks(text.slice(0, 240), terms),
});

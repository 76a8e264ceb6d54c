import { Router } from 'express';
import type { Generation } from '../generations/generation.ts';
import { render } from '../http/render.ts';
import { PAGE_SECONDS } from '../http/shared.ts';
import { cardOf } from '../reference/frame.ts';
import { count } from '../views/words.ts';

/** APIs that the start page shows; the list has them all. */
const SHOWN = 6;

export interface HomeDeps {
  /** What is published now; undefined: nothing yet. */
  current(): Generation | undefined;
}

/** The start page: public, without a session, from memory, without the database. */
export function homePages({ current }: HomeDeps): Router {
  const router = Router();
  router.get('/', (request, response) => {
    const generation = current();
    const apis = (generation?.manifest.apis ?? []).filter(({ lifecycle }) => lifecycle !== 'retired');
    const operations = apis.reduce((sum, { versions }) => sum + (versions[0]?.operations ?? 0), 0);
    const shown = apis.toSorted((a, b) => latestOf(b).localeCompare(latestOf(a), 'en')).slice(0, SHOWN);
    render(
      request,
      response,
      'home',
      {
        title: 'Home',
        generation: generation?.n,
        apis: shown.map(cardOf),
        summary: apis.length === 0 ? '' : `${count(apis.length, 'API')}, ${count(operations, 'operation')}`,
        hasMore: apis.length > shown.length,
      },
      { publicSeconds: PAGE_SECONDS },
    );
  });
  return router;
}

/** When its latest version was made: what changed last is shown first. */
const latestOf = ({ versions }: Generation['manifest']['apis'][number]): string =>
  versions[0]?.createdAt ?? '';

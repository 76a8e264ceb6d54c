import { type Request, Router } from 'express';
import type { Guards } from '../http/context.ts';
import { render } from '../http/render.ts';
import type { Generations } from './service.ts';
import { changeShown, generationShown } from './shown.ts';

export interface PublishPagesDeps {
  guards: Guards;
  generations: Generations;
}

const SHOWN = 20;

/** For publishers: what publishing would change, what is published, and the way back. */
export function publishPages({ guards, generations }: PublishPagesDeps): Router {
  const router = Router();
  const publisher = guards.requireRole('publisher');

  router.get('/publish', publisher, async (request, response) => {
    const [changes, { items }, activations] = await Promise.all([
      generations.pending(),
      generations.list({ limit: SHOWN }),
      generations.activations(1),
    ]);
    render(request, response, 'publish', {
      title: 'Publish',
      changes: changes.map(changeShown),
      generations: items.map(generationShown),
      last: activations[0],
      notice: noticeOf(request),
    });
  });

  router.post('/publish', publisher, guards.form, async (request, response) => {
    const by = request.principal!.name;
    const { note = '' } = request.body as Record<string, string>;
    const { info } = await generations.publish(note.trim().slice(0, 500), { by });
    await generations.activate(info.n, { by });
    response.redirect(303, `/publish?done=${info.n}`);
  });

  router.post('/publish/:n', publisher, guards.form, async (request, response) => {
    const n = Number(request.params.n);
    await generations.activate(n, { by: request.principal!.name });
    response.redirect(303, `/publish?done=${n}`);
  });
  return router;
}

function noticeOf({ query }: Request): string {
  return typeof query.done === 'string' && /^\d{1,9}$/.test(query.done)
    ? `Generation ${query.done} is served by every portal.`
    : '';
}

import { Router } from 'express';
import type { Guards } from '../http/context.ts';
import { render } from '../http/render.ts';
import { numberOf } from './number.ts';
import type { Generations } from './service.ts';
import { changeShown, generationShown } from './shown.ts';

export interface GenerationPagesDeps {
  guards: Guards;
  generations: Generations;
}

/** One generation: what going to it would change, what is in it, and what can be done with it. */
export function generationPages({ guards, generations }: GenerationPagesDeps): Router {
  const router = Router();
  const publisher = guards.requireRole('publisher');

  router.get('/publish/:n', publisher, async (request, response) => {
    const n = numberOf(request.params.n);
    const { info, manifest } = await generations.get(n);
    const current = await generations.current();
    render(request, response, 'generation', {
      title: `Generation ${n}`,
      one: generationShown(info),
      origin: manifest.origin,
      current,
      changes: info.isCurrent ? [] : (await generations.compare(current, n)).map(changeShown),
      apis: manifest.apis.map(({ name, title, versions }) => ({
        name,
        title,
        versions: versions.map((version) => version.name).join(', '),
      })),
    });
  });

  router.post('/publish/:n/pin', publisher, guards.form, async (request, response) => {
    const n = numberOf(request.params.n);
    const { pinned } = request.body as Record<string, string>;
    await generations.pin(n, pinned === 'true', { by: request.principal!.name });
    response.redirect(303, `/publish/${n}`);
  });
  return router;
}

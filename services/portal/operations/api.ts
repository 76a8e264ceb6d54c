import { Router } from 'express';
import type { PageDeps } from '../http/context.ts';
import { onlyThese } from '../http/errors.ts';

/** The status page asks this every second or two; asking again is all it takes to survive a portal's end. */
export function statusApi({ guards, status }: Pick<PageDeps, 'guards' | 'status'>): Router {
  const router = Router();
  router.get('/api/v1/status', guards.requireRole('admin'), async (_request, response) => {
    response.json(await status.now());
  });
  router.all('/api/v1/status', onlyThese('GET'));
  return router;
}

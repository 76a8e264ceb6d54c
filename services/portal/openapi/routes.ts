import { Router } from 'express';
import { onlyThese } from '../http/errors.ts';
import { openApiDocument } from './document.ts';

/** The API's own description: public, and the same for everybody. */
export function openApi(): Router {
  const router = Router();
  router.get('/api/v1/openapi.json', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=60, s-maxage=60').json(openApiDocument);
  });
  router.all('/api/v1/openapi.json', onlyThese('GET'));
  return router;
}

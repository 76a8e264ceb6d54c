import { Router } from 'express';
import { render } from '../http/render.ts';
import { PAGE_SECONDS } from '../http/shared.ts';

/** The start page: public, without a session, without the database. */
export function homePages(): Router {
  const router = Router();
  router.get('/', (request, response) => {
    render(request, response, 'home', { title: 'Home' }, { publicSeconds: PAGE_SECONDS });
  });
  return router;
}

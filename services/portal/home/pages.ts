import { Router } from 'express';
import { render } from '../http/render.ts';

/** Seconds for which the load balancer answers with it by itself: a banner is late, and stays, for no longer. */
const KEPT = 5;

/** The start page: public, without a session, without the database. */
export function homePages(): Router {
  const router = Router();
  router.get('/', (request, response) => {
    render(request, response, 'home', { title: 'Home' }, { publicSeconds: KEPT });
  });
  return router;
}

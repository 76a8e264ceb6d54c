import { Router } from 'express';
import { render } from '../http/render.ts';

/** Seconds that the load balancer keeps it: a page that is the same for everybody survives every portal for so long. */
const KEPT = 30;

/** The start page: public, without a session, without the database. */
export function homePages(): Router {
  const router = Router();
  router.get('/', (request, response) => {
    render(request, response, 'home', { title: 'Home' }, { publicSeconds: KEPT });
  });
  return router;
}

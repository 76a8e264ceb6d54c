import type { RequestHandler } from 'express';
import { accountApi } from './accounts/api.ts';
import { accountPages } from './accounts/pages.ts';
import { homePages } from './home/pages.ts';
import type { PageDeps } from './http/context.ts';
import type { Csrf } from './http/csrf.ts';
import { mediaApi } from './media/api.ts';
import { mediaBytes } from './media/bytes.ts';
import { mediaPages } from './media/pages.ts';
import type { Thumbnails } from './media/thumbnails.ts';
import { openApi } from './openapi/routes.ts';
import { statusApi } from './operations/api.ts';
import { type DrainDeps, drainPages, drainRoutes } from './operations/drain.ts';
import type { JobsService } from './operations/jobs.ts';
import { jobsApi } from './operations/jobs-api.ts';
import { statusPages } from './operations/pages.ts';
import type { HealthHistory } from './operations/samples.ts';
import { uploadApi } from './uploads/api.ts';
import type { Uploads } from './uploads/service.ts';

export interface RouteDeps extends PageDeps {
  csrf: Csrf;
  thumbnails: Thumbnails;
  uploads: Uploads;
  jobs: JobsService;
  history: HealthHistory;
  drain: DrainDeps;
}

/** Every feature's routes. Pages come before bytes: `/media/<id>/thumbnail?size=…` is a picture of the file. */
export function featureRoutes(deps: RouteDeps): RequestHandler[] {
  return [
    homePages(),
    accountPages(deps),
    mediaPages(deps),
    drainRoutes(deps.drain),
    drainPages(deps),
    statusPages(deps),
    mediaBytes(deps),
    accountApi(deps),
    mediaApi(deps),
    uploadApi(deps),
    statusApi(deps),
    jobsApi(deps),
    openApi(),
  ];
}

import type { RequestHandler } from 'express';
import type { SpecReader } from '../specs/reader.ts';
import { accountApi } from './accounts/api.ts';
import { accountPages } from './accounts/pages.ts';
import { catalogApi } from './catalog/api.ts';
import { catalogPages } from './catalog/pages.ts';
import type { ReceiveSpec } from './catalog/receive.ts';
import type { Catalog } from './catalog/types.ts';
import { generationsApi } from './generations/api.ts';
import { exchangeApi } from './generations/exchange/api.ts';
import { exchangePages } from './generations/exchange/pages.ts';
import type { ReceiveBundle } from './generations/exchange/receive.ts';
import type { Exchange } from './generations/exchange/service.ts';
import { generationPages } from './generations/generation-pages.ts';
import { publishPages } from './generations/pages.ts';
import type { Generations } from './generations/service.ts';
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
import { interactivePages } from './reference/interactive.ts';
import { type ReferenceDeps, referencePages } from './reference/pages.ts';
import { type SearchDeps, searchPages } from './search/pages.ts';
import { uploadApi } from './uploads/api.ts';
import type { Uploads } from './uploads/service.ts';

export interface RouteDeps extends PageDeps {
  csrf: Csrf;
  thumbnails: Thumbnails;
  uploads: Uploads;
  specs: SpecReader;
  catalog: Catalog;
  receiveSpec: ReceiveSpec;
  generations: Generations;
  exchange: Exchange;
  receiveBundle: ReceiveBundle;
  published: ReferenceDeps & SearchDeps;
  jobs: JobsService;
  history: HealthHistory;
  drain: DrainDeps;
}

/** Every feature's routes. Pages come before bytes: `/media/<id>/thumbnail?size=…` is a picture of the file. */
export function featureRoutes(deps: RouteDeps): RequestHandler[] {
  return [
    homePages(deps.published),
    referencePages(deps.published),
    interactivePages(deps.published),
    searchPages(deps.published),
    catalogPages(deps),
    exchangePages(deps),
    generationPages(deps),
    publishPages(deps),
    accountPages(deps),
    mediaPages(deps),
    drainRoutes(deps.drain),
    drainPages(deps),
    statusPages(deps),
    mediaBytes(deps),
    accountApi(deps),
    mediaApi(deps),
    uploadApi(deps),
    catalogApi(deps),
    exchangeApi(deps),
    generationsApi(deps),
    statusApi(deps),
    jobsApi(deps),
    openApi(),
  ];
}

import { Router } from 'express';
import { z } from 'zod';
import { PorticoError } from '../../platform/errors.ts';
import type { PageDeps } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { onlyThese } from '../http/errors.ts';
import { checkScriptedWrite } from '../http/guards.ts';
import { check, paging } from '../http/input.ts';
import { apiWrite } from '../http/writes.ts';
import type { JobsService } from './jobs.ts';
import type { HealthHistory } from './samples.ts';
import type { StatusSource } from './types.ts';

export type JobsApiParts = Pick<PageDeps, 'guards' | 'status'> & {
  csrf: Csrf;
  jobs: JobsService;
  history: HealthHistory;
};

const listing = z.object(paging);
const range = z.object({ hours: z.coerce.number().int().min(1).max(48).default(1) });

/** What the agents do, did, and shall do now. */
export function jobsApi({ guards, csrf, jobs, history, status }: JobsApiParts): Router {
  const router = Router();
  const admin = guards.requireRole('admin');

  router.get('/api/v1/jobs', admin, async (_request, response) => {
    response.json({ items: (await status.now()).jobs });
  });
  router.get('/api/v1/jobs/:name/runs', admin, async (request, response) => {
    const job = await knownJob(status, String(request.params.name));
    const { cursor, limit } = check(listing, request.query);
    response.json(await jobs.runs(job, { limit, ...(cursor ? { cursor } : {}) }));
  });
  router.post(
    '/api/v1/jobs/:name/runs',
    admin,
    checkScriptedWrite(csrf),
    apiWrite(async (request, keyed) => {
      const job = await knownJob(status, String(request.params.name));
      const requestedBy = request.principal!.name;
      const { request: made, replayed } = await jobs.request({ job, requestedBy, ...keyed });
      const { slot: requestedAt } = made;
      return {
        status: 202,
        replayed,
        location: `/api/v1/jobs/${job}/runs`,
        body: { job, requestedAt, requestedBy: made.requestedBy },
      };
    }),
  );
  router.get('/api/v1/status/history', admin, async (request, response) => {
    const { hours } = check(range, request.query);
    response.json({ hours, items: await history.since(hours) });
  });
  router.all('/api/v1/jobs', onlyThese('GET'));
  router.all('/api/v1/jobs/:name/runs', onlyThese('GET', 'POST'));
  router.all('/api/v1/status/history', onlyThese('GET'));
  return router;
}

/** @throws PorticoError 'not-found' */
export async function knownJob(status: StatusSource, name: string): Promise<string> {
  const { jobs, agents } = await status.now();
  if (jobs.some((job) => job.name === name)) return name;
  if (!agents.some(({ readiness }) => readiness))
    throw new PorticoError('database-unavailable', 'No agent answers, so the jobs are not known now.', {
      retryAfter: 10,
    });
  throw new PorticoError('not-found', 'There is no job of this name.');
}

import express, { Router } from 'express';
import { z } from 'zod';
import type { SpecReader } from '../../specs/reader.ts';
import type { Guards } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { onlyThese } from '../http/errors.ts';
import { checkScriptedWrite } from '../http/guards.ts';
import { check, paging } from '../http/input.ts';
import { apiWrite } from '../http/writes.ts';
import { apiJson, versionJson } from './json.ts';
import type { ReceiveSpec } from './receive.ts';
import { type Catalog, LIFECYCLES } from './types.ts';

const listing = z.object({
  search: z.string().max(255).optional(),
  lifecycle: z.enum(LIFECYCLES).optional(),
  tag: z.string().max(40).optional(),
  ...paging,
});

const naming = z.looseObject({ name: z.string() });
const seen = z.looseObject({ revision: z.number().int().positive().optional() });

export interface CatalogApiParts {
  guards: Guards;
  csrf: Csrf;
  catalog: Catalog;
  specs: SpecReader;
  receiveSpec: ReceiveSpec;
}

export function catalogApi({ guards, csrf, catalog, specs, receiveSpec }: CatalogApiParts): Router {
  const router = Router();
  const reader = guards.requireRole('reader');
  const publisher = guards.requireRole('publisher');
  const scripted = [publisher, checkScriptedWrite(csrf), express.json({ limit: '64kb' })];

  router.get('/api/v1/apis', reader, async (request, response) => {
    const page = await catalog.list(given(check(listing, request.query)));
    response.json({ ...page, items: page.items.map(apiJson) });
  });

  router.post(
    '/api/v1/apis',
    ...scripted,
    apiWrite(async (request, keyed) => {
      const { name, ...facts } = check(naming, request.body);
      const doer = { by: request.principal!.name, ...keyed };
      const { api, replayed } = await catalog.create(name, facts as object, doer);
      return { status: 201, location: `/api/v1/apis/${api.name}`, body: apiJson(api), replayed };
    }),
  );

  router.get('/api/v1/apis/:name', reader, async (request, response) => {
    const { versions, ...api } = await catalog.get(String(request.params.name));
    response.json({ ...apiJson(api), versions: versions.map(versionJson) });
  });

  router.patch(
    '/api/v1/apis/:name',
    ...scripted,
    apiWrite(async (request, keyed) => {
      const { revision, ...changes } = check(seen, request.body);
      const doer = { by: request.principal!.name, ...keyed, ...(revision !== undefined && { revision }) };
      const { api, replayed } = await catalog.update(String(request.params.name), changes as object, doer);
      return { status: 200, body: apiJson(api), replayed };
    }),
  );

  router.delete(
    '/api/v1/apis/:name',
    publisher,
    checkScriptedWrite(csrf),
    apiWrite(async (request, keyed) => {
      const doer = { by: request.principal!.name, ...keyed };
      const { replayed } = await catalog.remove(String(request.params.name), doer);
      return { status: 204, replayed };
    }),
  );

  const submit = (nameOf: (params: Record<string, unknown>) => string | undefined) =>
    apiWrite(async (request, keyed) => {
      const made = await receiveSpec(request, (received) => {
        const api = nameOf(request.params) ?? received.api;
        const by = request.principal!.name;
        return catalog.submit({ ...received, ...(api !== undefined && { api }), by, ...keyed });
      });
      return {
        status: 201,
        location: `/api/v1/apis/${made.api.name}/versions/${made.version.name}`,
        body: { api: apiJson(made.api), version: versionJson(made.version), isNew: made.isNew },
        replayed: made.replayed,
      };
    });
  router.post(
    '/api/v1/apis/:name/versions',
    publisher,
    submit((params) => String(params.name)),
  );
  router.post(
    '/api/v1/specs',
    publisher,
    submit(() => undefined),
  );

  // Changes nothing: what CI asks before it publishes.
  router.post('/api/v1/specs/check', reader, async (request, response) => {
    const reading = await receiveSpec(request, ({ given }) => specs.read(given));
    const { document: _, yaml: __, compiled: ___, ...said } = reading;
    response.json({ ...said, readable: said.found.fatal === 0 });
  });

  router.get('/api/v1/apis/:name/versions', reader, async (request, response) => {
    const { versions } = await catalog.get(String(request.params.name));
    response.json({ items: versions.map(versionJson) });
  });

  router.get('/api/v1/apis/:name/versions/:version', reader, async (request, response) => {
    const { name, version } = request.params;
    response.json(versionJson(await catalog.version(String(name), String(version))));
  });

  router.delete(
    '/api/v1/apis/:name/versions/:version',
    publisher,
    checkScriptedWrite(csrf),
    apiWrite(async (request, keyed) => {
      const doer = { by: request.principal!.name, ...keyed };
      const { name, version } = request.params;
      const { replayed } = await catalog.removeVersion(String(name), String(version), doer);
      return { status: 204, replayed };
    }),
  );

  router.all('/api/v1/apis', onlyThese('GET', 'POST'));
  router.all('/api/v1/apis/:name', onlyThese('GET', 'PATCH', 'DELETE'));
  router.all('/api/v1/apis/:name/versions', onlyThese('GET', 'POST'));
  router.all('/api/v1/apis/:name/versions/:version', onlyThese('GET', 'DELETE'));
  router.all('/api/v1/specs', onlyThese('POST'));
  router.all('/api/v1/specs/check', onlyThese('POST'));
  return router;
}

/** A field that was not sent is not there, rather than undefined. */
function given<T extends object>(query: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as never;
}

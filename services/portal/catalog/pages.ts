import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { IdempotencyKey } from '../../platform/database/types.ts';
import { type ErrorCode, PorticoError } from '../../platform/errors.ts';
import { MAX_BYTES } from '../../specs/limits.ts';
import type { Problem } from '../../specs/types.ts';
import { humanLimit } from '../assets/words.js';
import type { Guards } from '../http/context.ts';
import { scopeOf } from '../http/input.ts';
import { STATUS } from '../http/problem.ts';
import { render } from '../http/render.ts';
import { discardRest } from '../http/unread.ts';
import { count } from '../views/words.ts';
import type { ReceiveSpec, SpecWords } from './receive.ts';
import {
  byField,
  factsTyped,
  problemsShown,
  type TypedFacts,
  typedFrom,
  typedIn,
  versionShown,
} from './shown.ts';
import { type Catalog, LIFECYCLES } from './types.ts';

export interface CatalogPagesDeps {
  guards: Guards;
  catalog: Catalog;
  receiveSpec: ReceiveSpec;
}

const PAGE = 50;
const NOTICES: Record<string, string> = {
  uploaded: 'The description is kept as a draft. Nobody sees it before it is published.',
  saved: 'Saved. Nobody sees it before it is published.',
  removed: 'Removed from the drafts. What is published stays until the next publish.',
};
/** What a person can mend in the form that they filled in: it is shown again, with what they typed. */
const MENDABLE: readonly ErrorCode[] = [
  'spec-invalid',
  'invalid',
  'conflict',
  'empty-file',
  'too-large',
  'idempotency-mismatch',
];
/** What the upload's form is made with. Its key makes one upload of two clicks, or of a second try after a lost answer. */
const form = () => ({ maxText: humanLimit(MAX_BYTES), maxBytes: MAX_BYTES, formKey: randomUUID() });

/** For publishers: the drafts of APIs, with what is wrong with each. */
export function catalogPages({ guards, catalog, receiveSpec }: CatalogPagesDeps): Router {
  const router = Router();
  const publisher = guards.requireRole('publisher');
  const by = (request: Request) => request.principal!.name;

  router.get('/catalog', publisher, async (request, response) => {
    const cursor = typeof request.query.cursor === 'string' ? request.query.cursor : undefined;
    const page = await catalog.list({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
    render(request, response, 'catalog', {
      title: 'Catalog',
      ...form(),
      apis: page.items,
      summary: count(page.total, 'API'),
      nextPage:
        page.nextCursor === undefined ? undefined : `/catalog?cursor=${encodeURIComponent(page.nextCursor)}`,
      notice: notice(request),
    });
  });

  router.post('/catalog/upload', publisher, async (request, response) => {
    const typed: SpecWords = {};
    try {
      const { api } = await receiveSpec(
        request,
        (received) => catalog.submit({ ...received, by: by(request), ...keyedBy(request) }),
        typed,
      );
      response.redirect(303, `/catalog/${api.name}?done=uploaded`);
    } catch (error) {
      if (!isMendable(error)) throw error;
      discardRest(request, response);
      showRefused(request, response, error, typed);
    }
  });
  router.get('/catalog/upload', (_request, response) => response.redirect(303, '/catalog'));

  /** @param refused what was typed, and why it was not taken */
  async function showDraft(
    request: Request,
    response: Response,
    name: string,
    refused?: { typed: TypedFacts; error: PorticoError },
  ): Promise<void> {
    const { versions, ...api } = await catalog.get(name);
    const { typed = typedFrom(api), error } = refused ?? {};
    const wrong =
      error?.code === 'invalid' ? 'Nothing was saved: look at what is marked below.' : error?.message;
    render(
      request,
      response,
      'draft',
      {
        title: api.title,
        ...form(),
        api,
        typed,
        fields: byField(error?.fields),
        problem: wrong ?? '',
        versions: versions.map(versionShown),
        lifecycles: LIFECYCLES,
        notice: error === undefined ? notice(request) : '',
      },
      error === undefined ? {} : { status: STATUS[error.code].status },
    );
  }

  router.get('/catalog/:name', publisher, (request, response) =>
    showDraft(request, response, String(request.params.name)),
  );

  router.post('/catalog/:name', publisher, guards.form, async (request, response) => {
    const name = String(request.params.name);
    const typed = typedIn(request.body);
    try {
      const revision = Number(request.body.revision) || 0;
      await catalog.update(name, factsTyped(typed), { by: by(request), revision });
      response.redirect(303, `/catalog/${name}?done=saved`);
    } catch (error) {
      if (!isMendable(error)) throw error;
      await showDraft(request, response, name, { typed, error });
    }
  });

  // Before the page of a version, so that no version of this name hides it.
  router.get('/catalog/:name/delete', publisher, async (request, response) => {
    const { name, title, versions } = await catalog.get(String(request.params.name));
    render(request, response, 'remove', {
      title: `Remove ${title}`,
      what: title,
      detail: `${count(versions.length, 'version')} with everything that is drafted of ${versions.length === 1 ? 'it' : 'them'}`,
      action: `/catalog/${name}/delete`,
      back: `/catalog/${name}`,
    });
  });

  router.get('/catalog/:name/:version', publisher, async (request, response) => {
    const { name, version } = request.params as Record<string, string>;
    const [api, found] = await Promise.all([catalog.get(name!), catalog.version(name!, version!)]);
    render(request, response, 'problems', {
      title: `${api.title} ${found.name}`,
      heading: `${api.title} ${found.name}`,
      back: { href: `/catalog/${api.name}`, word: api.title },
      version: versionShown(found),
      problems: problemsShown(found.problems),
      more: found.errors + found.warnings - found.problems.length,
    });
  });

  router.get('/catalog/:name/:version/delete', publisher, async (request, response) => {
    const { name, version } = request.params as Record<string, string>;
    const [api, found] = await Promise.all([catalog.get(name!), catalog.version(name!, version!)]);
    render(request, response, 'remove', {
      title: `Remove ${api.title} ${found.name}`,
      what: `${api.title} ${found.name}`,
      detail: `${count(found.operations, 'operation')}, from ${found.sourceName}`,
      action: `/catalog/${api.name}/${encodeURIComponent(found.name)}/delete`,
      back: `/catalog/${api.name}`,
    });
  });

  router.post('/catalog/:name/:version/delete', publisher, guards.form, async (request, response) => {
    const { name, version } = request.params as Record<string, string>;
    await catalog.removeVersion(name!, version!, { by: by(request) });
    response.redirect(303, `/catalog/${name}?done=removed`);
  });
  router.post('/catalog/:name/delete', publisher, guards.form, async (request, response) => {
    await catalog.remove(String(request.params.name), { by: by(request) });
    response.redirect(303, '/catalog?done=removed');
  });
  return router;
}

function keyedBy({ query, principal }: Request): { idempotency?: IdempotencyKey } {
  const { key } = query;
  if (typeof key !== 'string' || !/^[\w-]{8,64}$/.test(key) || principal === undefined) return {};
  return { idempotency: { principal: scopeOf(principal), key: `form ${key}` } };
}

const isMendable = (error: unknown): error is PorticoError =>
  error instanceof PorticoError && MENDABLE.includes(error.code);

/** Why an upload was not kept, and the form again. The file itself only a script can keep (spec-upload.js). */
function showRefused(request: Request, response: Response, error: PorticoError, typed: SpecWords): void {
  const isUnreadable = error.code === 'spec-invalid';
  const heading = isUnreadable ? 'This description cannot be read' : 'This description was not kept';
  const fields = byField(error.fields);
  render(
    request,
    response,
    'problems',
    {
      title: heading,
      heading,
      ...form(),
      back: { href: '/catalog', word: 'Catalog' },
      version: undefined,
      reason:
        isUnreadable || Object.keys(fields).length > 0
          ? 'Nothing was kept. Mend it and upload it again.'
          : error.message,
      problems: problemsShown((error.problems ?? []) as Problem[]),
      more: 0,
      typed,
      fields,
    },
    { status: STATUS[error.code].status },
  );
}

function notice({ query }: Request): string {
  return typeof query.done === 'string' && Object.hasOwn(NOTICES, query.done) ? NOTICES[query.done]! : '';
}

import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import { MAX_BYTES } from '../../specs/limits.ts';
import { FORMATS, type Problem } from '../../specs/types.ts';
import { humanLimit } from '../assets/words.js';
import type { Guards } from '../http/context.ts';
import { render } from '../http/render.ts';
import { count } from '../views/words.ts';
import type { ReceiveSpec } from './receive.ts';
import { type ApiVersion, type Catalog, LIFECYCLES } from './types.ts';

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
      apis: page.items,
      summary: count(page.total, 'API'),
      nextPage:
        page.nextCursor === undefined ? undefined : `/catalog?cursor=${encodeURIComponent(page.nextCursor)}`,
      maxText: humanLimit(MAX_BYTES),
      notice: notice(request),
    });
  });

  router.post('/catalog/upload', publisher, async (request, response) => {
    try {
      const { api } = await receiveSpec(request, (received) =>
        catalog.submit({ ...received, by: by(request) }),
      );
      response.redirect(303, `/catalog/${api.name}?done=uploaded`);
    } catch (error) {
      if (!(error instanceof PorticoError) || error.code !== 'spec-invalid') throw error;
      showProblems(request, response, error);
    }
  });
  router.get('/catalog/upload', (_request, response) => response.redirect(303, '/catalog'));

  router.get('/catalog/:name', publisher, async (request, response) => {
    const { versions, ...api } = await catalog.get(String(request.params.name));
    render(request, response, 'draft', {
      title: api.title,
      api: { ...api, tags: api.tags.join(', ') },
      versions: versions.map(versionShown),
      lifecycles: LIFECYCLES,
      maxText: humanLimit(MAX_BYTES),
      notice: notice(request),
    });
  });

  router.post('/catalog/:name', publisher, guards.form, async (request, response) => {
    const { title, summary, owner, tags, lifecycle, sunset, revision } = request.body as Record<
      string,
      string
    >;
    const name = String(request.params.name);
    const facts = {
      title,
      summary,
      owner,
      tags: (tags ?? '')
        .split(',')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ''),
      lifecycle,
      sunset: sunset === '' || sunset === undefined ? null : sunset,
    };
    await catalog.update(name, facts as never, { by: by(request), revision: Number(revision) || 0 });
    response.redirect(303, `/catalog/${name}?done=saved`);
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

function showProblems(request: Request, response: Response, error: PorticoError): void {
  const problems = (error.problems ?? []) as Problem[];
  render(
    request,
    response,
    'problems',
    {
      title: 'This description cannot be read',
      heading: 'This description cannot be read',
      back: { href: '/catalog', word: 'Catalog' },
      version: undefined,
      problems: problemsShown(problems),
      more: 0,
    },
    { status: 422 },
  );
}

function versionShown(version: ApiVersion) {
  const { name, format, operations, errors, warnings, changelog, sourceName, createdBy, updatedAt } = version;
  return {
    name,
    format: FORMATS[format],
    operations: count(operations, 'operation'),
    errors,
    warnings,
    verdict:
      errors + warnings === 0
        ? 'nothing is wrong'
        : [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : '']
            .filter(Boolean)
            .join(', '),
    changelog,
    sourceName,
    createdBy,
    updatedAt: updatedAt.toISOString(),
  };
}

/** With the lines beside it. */
function problemsShown(problems: readonly Problem[]) {
  return problems.map(({ severity, file, line, column, sentence, rule, excerpt }) => ({
    severity,
    place: line > 0 ? `${file}, line ${line}` : file,
    sentence,
    rule: rule ?? '',
    lines: (excerpt?.lines ?? []).map((text, n) => {
      const number = (excerpt?.from ?? 0) + n;
      const isThis = number === line;
      const at = isThis ? Math.max(0, (excerpt?.column ?? column) - 1) : text.length;
      return { number, isThis, before: text.slice(0, at), after: text.slice(at), cut: excerpt?.cut === true };
    }),
  }));
}

function notice({ query }: Request): string {
  return typeof query.done === 'string' ? (NOTICES[query.done] ?? '') : '';
}

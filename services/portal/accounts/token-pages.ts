import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import { type PageDeps, ROLES, type Role } from '../http/context.ts';
import { render } from '../http/render.ts';
import { moment } from '../views/words.ts';
import type { TokenPage, Tokens } from './types.ts';

const ROLE_LABELS: Record<Role, string> = {
  reader: 'read',
  publisher: 'read, upload and delete',
  admin: 'do everything',
};

/** More tokens than this on one page help nobody; the API pages through all of them. */
const SHOWN = 100;

/** Tokens of programs: listed, made, revoked. */
export function tokenPages({ guards, tokens }: Pick<PageDeps, 'guards'> & { tokens: Tokens }): Router {
  const router = Router();
  const admin = guards.requireRole('admin');

  async function show(request: Request, response: Response, view: TokenView = {}): Promise<void> {
    const page = await listed(request, tokens);
    const locals = {
      title: 'Tokens',
      tokens: page.items.map((token) => ({
        ...token,
        createdAt: token.createdAt.toISOString(),
        moment: moment(token.createdAt),
      })),
      roles: ROLES.map((value) => ({ value, label: ROLE_LABELS[value] })),
      chosenRole: view.role ?? 'publisher',
      name: view.name ?? '',
      problem: view.problem ?? '',
      created: view.created,
    };
    render(request, response, 'tokens', locals, { status: view.status ?? 200 });
  }

  router.get('/tokens', admin, (request, response) => show(request, response));

  router.post('/tokens', admin, guards.form, async (request, response) => {
    const name = String(request.body.name ?? '').trim();
    const role = ROLES.find((one) => one === request.body.role);
    if (role === undefined) throw new PorticoError('invalid', 'Choose what the token may do.');
    try {
      const createdBy = request.principal!.name;
      const { token, secret } = await tokens.create({ name, role, createdBy });
      // Not a redirect: the secret is shown in this one answer and stored nowhere.
      await show(request, response, { created: { name: token.name, token: secret }, status: 201 });
    } catch (error) {
      if (!(error instanceof PorticoError) || (error.code !== 'invalid' && error.code !== 'conflict'))
        throw error;
      const status = error.code === 'conflict' ? 409 : 400;
      await show(request, response, { name, role, problem: error.fields?.name ?? error.message, status });
    }
  });

  router.post('/tokens/:id/revoke', admin, guards.form, async (request, response) => {
    await tokens.remove(String(request.params.id));
    response.redirect(303, '/tokens');
  });
  router.get('/tokens/:id/revoke', (_request, response) => response.redirect(303, '/tokens'));
  return router;
}

interface TokenView {
  created?: { name: string; token: string };
  name?: string;
  role?: Role;
  problem?: string;
  status?: number;
}

/** While the database is away there is a page all the same, and the banner above it says why it is empty. */
async function listed({ principal }: Request, tokens: Tokens): Promise<Pick<TokenPage, 'items'>> {
  return principal?.claimed ? { items: [] } : tokens.list({ limit: SHOWN });
}

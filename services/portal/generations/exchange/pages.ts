import { type Request, type Response, Router } from 'express';
import { type ErrorCode, PorticoError } from '../../../platform/errors.ts';
import { humanSize } from '../../assets/words.js';
import type { Guards } from '../../http/context.ts';
import { STATUS } from '../../http/problem.ts';
import { render } from '../../http/render.ts';
import { discardRest } from '../../http/unread.ts';
import type { ReceiveBundle } from './receive.ts';
import type { Exchange } from './service.ts';

export interface ExchangePagesDeps {
  guards: Guards;
  exchange: Exchange;
  receiveBundle: ReceiveBundle;
  /** Bytes. */
  maxUpload: number;
}

/** What the person at the form can mend: said on the page, with what was typed. */
const TOLD: readonly ErrorCode[] = [
  'invalid',
  'conflict',
  'bundle-invalid',
  'untrusted',
  'too-large',
  'empty-file',
  'insufficient-storage',
];

/** For administrators: whose exports are taken here, this cluster's own key, and an import. */
export function exchangePages({ guards, exchange, receiveBundle, maxUpload }: ExchangePagesDeps): Router {
  const router = Router();
  const admin = guards.requireRole('admin');

  async function show(request: Request, response: Response, said: Partial<Said> = {}): Promise<void> {
    const { name = '', publicKey = '', problem, imported } = said;
    const keys = (await exchange.trusted()).map(({ addedAt, ...key }) => ({
      ...key,
      addedAt: addedAt.toISOString(),
    }));
    render(
      request,
      response,
      'exchange',
      {
        title: 'Other clusters',
        own: exchange.key,
        keys,
        name,
        publicKey,
        trustProblem: said.of === 'trust' ? problem?.message : undefined,
        importProblem: said.of === 'import' ? problem?.message : undefined,
        imported,
        maxText: humanSize(maxUpload),
      },
      problem ? { status: STATUS[problem.code].status } : {},
    );
  }

  router.get('/publish/exchange', admin, (request, response) => show(request, response));

  router.post('/publish/import', admin, async (request, response) => {
    try {
      const { info, made } = await receiveBundle(request, (content) =>
        exchange.imported(content, { by: request.principal!.name }),
      );
      await show(request, response, { imported: { n: info.n, made } });
    } catch (error) {
      const problem = told(error);
      discardRest(request, response);
      await show(request, response, { of: 'import', problem });
    }
  });

  router.post('/publish/trust', admin, guards.form, async (request, response) => {
    const { name = '', publicKey = '' } = request.body as Record<string, string>;
    const key = { name: name.trim(), publicKey: publicKey.trim() };
    try {
      await exchange.trust(key, { by: request.principal!.name });
    } catch (error) {
      await show(request, response, { of: 'trust', problem: told(error), ...key });
      return;
    }
    response.redirect(303, '/publish/exchange');
  });

  router.post('/publish/trust/:name/remove', admin, guards.form, async (request, response) => {
    await exchange.distrust(String(request.params.name), { by: request.principal!.name });
    response.redirect(303, '/publish/exchange');
  });
  for (const path of ['/publish/import', '/publish/trust'])
    router.get(path, (_request, response) => response.redirect(303, '/publish/exchange'));
  return router;
}

interface Said {
  of: 'import' | 'trust';
  problem: PorticoError;
  name: string;
  publicKey: string;
  imported: { n: number; made: boolean };
}

function told(error: unknown): PorticoError {
  if (error instanceof PorticoError && TOLD.includes(error.code)) return error;
  throw error;
}

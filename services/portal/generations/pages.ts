import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Guards, Principal } from '../http/context.ts';
import { scopeOf } from '../http/input.ts';
import { render } from '../http/render.ts';
import type { ActivationRow } from './repository.ts';
import type { Generations, Publisher } from './service.ts';
import { changeShown, generationShown } from './shown.ts';

export interface PublishPagesDeps {
  guards: Guards;
  generations: Generations;
}

const SHOWN = 20;
/** A form's answer waits for so long for every portal; the page then follows what goes on by itself: ms. */
const WAIT_MS = 4_000;
/** Seconds after which the page asks again where there is no script. */
const AGAIN_S = 2;

/** For publishers: what publishing would change, what is published, and the way back. */
export function publishPages({ guards, generations }: PublishPagesDeps): Router {
  const router = Router();
  const publisher = guards.requireRole('publisher');

  async function show(request: Request, response: Response, refusal = ''): Promise<void> {
    const [changes, { items }, [last]] = await Promise.all([
      generations.pending(),
      generations.list({ limit: SHOWN }),
      generations.activations(1),
    ]);
    const going = last?.state === 'preparing' || last?.state === 'flipped';
    render(
      request,
      response,
      'publish',
      {
        title: 'Publish',
        changes: changes.map(changeShown),
        generations: items.map(generationShown),
        formKey: randomUUID(),
        activation: last && activationShown(last, String(request.query.done ?? '') === `${last.n}`),
        refusal,
        ...(going && { reloadWithoutScript: AGAIN_S }),
      },
      refusal === '' ? {} : { status: 409 },
    );
  }

  /** Goes on by itself when it takes longer, and the page tells how it ends. */
  async function activate(n: number, publisher: Publisher, response: Response): Promise<void> {
    const ended = generations.activate(n, publisher).then(
      () => {},
      (error: unknown) => {
        if (!(error instanceof PorticoError) || error.code !== 'conflict') throw error;
      },
    );
    // Nobody listens any more when it fails later; the activation's row says why.
    ended.catch(() => {});
    await Promise.race([ended, pause(WAIT_MS, undefined, { ref: false })]);
    response.redirect(303, `/publish?done=${n}`);
  }

  router.get('/publish', publisher, (request, response) => show(request, response));

  router.post('/publish', publisher, guards.form, async (request, response) => {
    const { note = '', key = '' } = request.body as Record<string, string>;
    if ((await generations.pending()).length === 0) {
      await show(request, response, 'Nothing was published: what is drafted is what is published already.');
      return;
    }
    const principal = request.principal!;
    const { info } = await generations.publish(note.trim().slice(0, 500), doer(principal, key, 'publish'));
    await activate(info.n, doer(principal, key, 'activate'), response);
  });

  router.post('/publish/:n', publisher, guards.form, async (request, response) => {
    const { n } = request.params as Record<string, string>;
    if (!/^[1-9]\d{0,8}$/.test(n!))
      throw new PorticoError('not-found', 'A generation has a number, such as 42.');
    await activate(Number(n), { by: request.principal!.name }, response);
  });
  return router;
}

/** With the key of the page whose button was pressed: two clicks on it are one. */
const doer = (principal: Principal, key: string, what: string): Publisher => ({
  by: principal.name,
  ...(/^[\w-]{8,64}$/.test(key) && {
    idempotency: { principal: scopeOf(principal), key: `form ${key} ${what}` },
  }),
});

/** @param asked this page is the answer to it; one that has ended is nobody else's news */
function activationShown({ n, state, reason }: ActivationRow, asked: boolean) {
  if (state === 'preparing' || state === 'flipped')
    return {
      state: 'going',
      sentence: `Generation ${n} is being made current: ${reason || 'portals load it'}.`,
    };
  if (!asked) return undefined;
  return state === 'done'
    ? { state: 'done', sentence: `Generation ${n} is current: ${reason}.` }
    : { state: 'failed', sentence: `Generation ${n} could not be made current: ${reason}` };
}

/** Draining a portal from another one: an administrator's click reaches whichever portal answers. */
import { type Request, type Response, Router } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { PageDeps } from '../http/context.ts';
import { type DrainOrder, isPeer, peerKey } from './drain-order.ts';
import type { ClusterStatus, PortalStatus } from './types.ts';

const DEADLINE_MS = 2_000;

export interface DrainDeps {
  /** This portal's own. */
  order: DrainOrder;
  node: string;
  port: number;
  edgeSecret: string;
}

/** Pure: why that portal is not to be drained, as a sentence; undefined when it may be. */
export function whyNotDrain(portals: readonly PortalStatus[], name: string): string | undefined {
  const known = portals.find((portal) => portal.name === name);
  if (known === undefined || known.state === 'gone') return `There is no portal ${name}.`;
  const others = portals.filter((portal) => portal.name !== name && portal.state === 'serving');
  if (others.length > 0) return undefined;
  return `${name} is the only portal that takes everything: drained, nobody would be left to serve. Start another one first.`;
}

/** What a portal tells of itself, and takes from its peers, past the load balancer. */
export function drainRoutes({ order, edgeSecret }: Pick<DrainDeps, 'order' | 'edgeSecret'>): Router {
  const key = peerKey(edgeSecret);
  const router = Router();
  const mine = (work: () => Promise<void>) => async (request: Request, response: Response) => {
    if (!isPeer(request, key)) throw new PorticoError('not-found', 'There is no such page.');
    await work();
    response.status(204).end();
  };
  router.put('/-/drain', mine(order.give));
  router.delete('/-/drain', mine(order.withdraw));
  return router;
}

/** The status page's two buttons. */
export function drainPages({
  guards,
  status,
  drain,
}: Pick<PageDeps, 'guards' | 'status'> & { drain: DrainDeps }): Router {
  const router = Router();
  const admin = guards.requireRole('admin');
  router.post('/status/portals/:name/drain', admin, guards.form, async (request, response) => {
    const name = String(request.params.name);
    const now = await status.now();
    const refusal = whyNotDrain(now.portals, name);
    if (refusal !== undefined) throw new PorticoError('not-now', refusal);
    await carry(drain, now, name, 'PUT');
    response.redirect(303, '/status?done=drained#portals');
  });
  router.post('/status/portals/:name/undrain', admin, guards.form, async (request, response) => {
    await carry(drain, await status.now(), String(request.params.name), 'DELETE');
    response.redirect(303, '/status?done=undrained#portals');
  });
  return router;
}

async function carry(
  { order, node, port, edgeSecret }: DrainDeps,
  { portals }: ClusterStatus,
  name: string,
  method: 'PUT' | 'DELETE',
): Promise<void> {
  if (name === node) return method === 'PUT' ? order.give() : order.withdraw();
  const portal = portals.find((one) => one.name === name && one.state !== 'gone');
  if (!portal) throw new PorticoError('not-found', `There is no portal ${name}.`);
  const answer = await fetch(`http://${portal.address}:${port}/-/drain`, {
    method,
    headers: { authorization: `Bearer ${peerKey(edgeSecret)}` },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((cause: unknown) => {
    throw new PorticoError('not-now', `${name} does not answer, so it cannot be told.`, { cause });
  });
  if (answer.status !== 204)
    throw new PorticoError('not-now', `${name} did not take the order (it answered ${answer.status}).`);
}

/** One part at a time: out of service, replaced, and proven before anything else is touched. */
import { setTimeout as pause } from 'node:timers/promises';
import { PorticoError } from '../../platform/errors.ts';
import type { Config } from '../config.ts';
import type { Compose, Container } from '../docker.ts';
import { addressOf, run } from '../docker.ts';
import { askPortal, becomeQuiet, orderDrain, withdrawDrain } from '../portals.ts';
import { judge } from '../status/judge.ts';
import { observe } from '../status/observe.ts';
import { plain } from '../terminal.ts';
import type { Engine } from './engine.ts';
import { kindOf, type Part } from './plan.ts';

/** A database node may have to be refilled; the others only start. */
const DEADLINE_MS = { portal: 60_000, agent: 60_000, db: 180_000, lb: 30_000 } as const;
const EVERY_MS = 500;
/** How often a portal is asked before it takes traffic, and for how long after. */
const PROOFS = 3;
const PROBATION_MS = 4_000;
/** Pages, the library, the API's description: each goes through another part of a portal. */
const PATHS = ['/', '/sign-in', '/library', '/api/v1/openapi.json', '/api/v1/session'];
const LOG_LINES = 8;

export interface Tools {
  compose: Compose;
  config: Config;
  engine: Engine;
  latest: (line: string) => void;
  /** Milliseconds in which each part must become ready, in place of the usual ones. */
  readyMs?: number;
}

/** From then on the part bears the new container's id. @throws PorticoError: it did not become ready, or fails its requests; the message has the last that it said */
export async function replacePart(part: Part, tools: Tools): Promise<void> {
  const { compose, engine, latest } = tools;
  const isPortal = part.service === 'portal';
  if (isPortal) await takeOut(part, tools);
  latest('is replaced');
  const id = await engine.replace(part.id);
  part.id = id;
  try {
    // Before it can be ready: it gets no traffic until it has answered us.
    if (isPortal) await orderDrain(compose, id).catch(() => {}); // one that has ended already is found out below
    await becomeReady(part, tools);
    if (isPortal) await prove(part, tools);
  } catch (error) {
    throw new PorticoError('internal', `${(error as Error).message}\n${await lastWords(part)}`.trimEnd(), {
      cause: error,
    });
  }
}

async function takeOut(part: Part, { compose, latest }: Tools): Promise<void> {
  const portals = (await compose.ps()).filter((one) => one.service === 'portal' && one.state === 'running');
  const target = portals.find((one) => one.id === part.id);
  // Alone, or ended already: it stops in good order, and whoever comes meanwhile gets the last good pages.
  if (target === undefined || portals.length < 2) return;
  try {
    await orderDrain(compose, part.id);
    await becomeQuiet(target, part.name, latest);
  } catch (error) {
    // It crashes again and again, or has an upload in hand that takes minutes: stopping it ends both, and asks nobody more.
    latest(`is stopped all the same: ${(error as Error).message}`);
  }
}

async function becomeReady(part: Part, { compose, config, latest, readyMs }: Tools): Promise<void> {
  const kind = kindOf(part.service) ?? 'lb';
  const deadline = readyMs ?? DEADLINE_MS[kind];
  const began = performance.now();
  for (;;) {
    const container = await here(part, compose);
    if (container.state !== 'running' || container.restarts > 0)
      throw new PorticoError(
        'internal',
        `${part.name} does not start: it ${container.restarts > 0 ? 'ended and was started again' : `is ${container.state}, exit ${container.exitCode}`}.`,
      );
    const reason =
      part.service === 'portal' ? await portalLacks(container) : await lacks(part, compose, config);
    if (reason === undefined) return;
    latest(reason);
    if (performance.now() - began > deadline)
      throw new PorticoError('internal', `${part.name} is not ready after ${deadline / 1000} s: ${reason}`);
    await pause(EVERY_MS);
  }
}

/** All but that it is drained, which we did ourselves. */
async function portalLacks(container: Container): Promise<string | undefined> {
  const said = await askPortal(container);
  if (said === undefined) return 'it does not answer';
  const reasons = said.full.reasons.filter((reason) => !reason.startsWith('drained'));
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

async function lacks(part: Part, compose: Compose, config: Config): Promise<string | undefined> {
  const verdict = judge(await observe(compose, config));
  const found = verdict.parts.find((one) => one.container.endsWith(containerSuffix(part)));
  return found?.ok ? undefined : (found?.reason ?? 'it has no container');
}

const containerSuffix = ({ name, service }: Part): string =>
  name === service ? `-${service}-1` : `-${name}`;

/** A portal's requests are answered before the first person's, and for a while beside them. */
async function prove(part: Part, { compose, latest }: Tools): Promise<void> {
  const container = await here(part, compose);
  for (let i = 0; i < PROOFS; i++) await answersAll(container, part.name);
  await withdrawDrain(compose, part.id);
  const began = performance.now();
  try {
    while (performance.now() - began < PROBATION_MS) {
      latest('takes traffic, on probation');
      await answersAll(container, part.name);
      await pause(EVERY_MS / 2);
    }
    const said = await askPortal(container);
    if (!said?.full.open)
      throw new PorticoError(
        'internal',
        `${part.name} closed its gate again: ${said?.full.reasons.join('; ') ?? 'it does not answer'}`,
      );
  } catch (error) {
    await orderDrain(compose, part.id).catch(() => {});
    throw error;
  }
}

async function answersAll(container: Container, name: string): Promise<void> {
  const base = `http://${addressOf(container, 'dmz')}:8000`;
  await Promise.all(
    PATHS.map(async (path) => {
      const answer = await fetch(base + path, {
        redirect: 'manual',
        signal: AbortSignal.timeout(10_000),
      }).catch((cause: Error) => {
        throw new PorticoError('internal', `${name} does not answer ${path}: ${cause.message}`, { cause });
      });
      await answer.arrayBuffer();
      if (answer.status >= 500)
        throw new PorticoError('internal', `${name} answers ${path} with ${answer.status}.`);
    }),
  );
}

async function here(part: Part, compose: Compose): Promise<Container> {
  const found = (await compose.ps()).find((one) => one.id === part.id);
  if (found === undefined) throw new PorticoError('not-found', `${part.name} has no container any more.`);
  return found;
}

async function lastWords(part: Part): Promise<string> {
  const { stdout, stderr } = await run(['logs', '--tail', String(LOG_LINES), part.id], { check: false });
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-LOG_LINES)
    .map((line) => `  ${part.name}: ${plain(line).slice(0, 200)}`)
    .join('\n');
}

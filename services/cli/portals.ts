/** Portals as the CLI reaches them: at their own addresses, and by the file that drains one. */
import { setTimeout as pause } from 'node:timers/promises';
import { PorticoError } from '../platform/errors.ts';
import { addressOf, type Compose, type Container } from './docker.ts';

/** services/portal/config.ts, `PORTICO_DRAIN_FILE`. */
const DRAIN_FILE = '/tmp/drain';
const LOOK_MS = 100;
/** The load balancer looks four times a second: so long nothing new may come before it is certain that nothing will. */
const QUIET_MS = 1_000;
/** As long as a stopped portal may take (compose: stop_grace_period). */
const DRAIN_DEADLINE_MS = 60_000;
/** Whoever does not answer for so long has nothing in hand that is worth waiting for. */
const SILENT_MS = 5_000;

export interface Said {
  full: { open: boolean; reasons: string[] };
  reading: { open: boolean };
  requests: { running: number; total: number };
}

/** @returns undefined when it does not answer */
export async function askPortal(portal: Container): Promise<Said | undefined> {
  try {
    const answer = await fetch(`http://${addressOf(portal, 'dmz')}:8000/-/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    return (await answer.json()) as Said;
  } catch {
    return undefined; // whoever asks says that it is silent
  }
}

export async function orderDrain(compose: Compose, id: string): Promise<void> {
  await compose.exec(id, ['touch', DRAIN_FILE]);
}

export async function withdrawDrain(compose: Compose, id: string): Promise<void> {
  await compose.exec(id, ['rm', '-f', DRAIN_FILE]);
}

/** Waits until a portal that was told to has nothing in flight. @returns how many requests it was still given */
export async function becomeQuiet(
  portal: Container,
  name: string,
  latest: (line: string) => void,
): Promise<number> {
  const first = (await askPortal(portal))?.requests.total ?? 0;
  let total = first;
  let since = performance.now();
  let answered = since;
  await patiently(`${name} has nothing in flight`, DRAIN_DEADLINE_MS, async () => {
    const said = await askPortal(portal);
    if (said === undefined) {
      if (performance.now() - answered > SILENT_MS)
        throw new PorticoError('internal', `${name} gives no answer.`);
      return false;
    }
    answered = performance.now();
    if (said.requests.total !== total || said.full.open || said.reading.open) since = performance.now();
    total = said.requests.total;
    latest(`${said.requests.running} in flight`);
    return said.requests.running === 0 && performance.now() - since >= QUIET_MS;
  });
  return total - first;
}

export async function patiently(
  what: string,
  deadlineMs: number,
  look: () => Promise<boolean>,
  everyMs = LOOK_MS,
): Promise<void> {
  const began = performance.now();
  while (!(await look())) {
    if (performance.now() - began > deadlineMs)
      throw new PorticoError('internal', `After ${deadlineMs / 1000} s it is not so that ${what}.`);
    await pause(everyMs);
  }
}

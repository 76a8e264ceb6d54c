/** `portico drain portal-2`, `portico undrain portal-2`. */
import { setTimeout as pause } from 'node:timers/promises';
import { PorticoError } from '../../platform/errors.ts';
import { composeOf, loadConfig } from '../config.ts';
import type { Compose, Container } from '../docker.ts';
import { addressOf } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { print, printJson, step } from '../terminal.ts';

/** As compose/cluster.yaml's portals have it: services/portal/config.ts, `PORTICO_DRAIN_FILE`. */
const FILE = '/tmp/drain';
const LOOK_MS = 100;
/** The load balancer looks four times a second: so long nothing new may come before it is certain that nothing will. */
const QUIET_MS = 1_000;
/** As long as a stopped portal may take (compose: stop_grace_period). */
const DEADLINE_MS = 60_000;

interface Said {
  full: { open: boolean; reasons: string[] };
  reading: { open: boolean };
  requests: { running: number; total: number };
}

export async function drain(name: string, options: { force?: boolean; json?: boolean }): Promise<number> {
  const compose = composeOf(loadConfig());
  const { target, others } = await find(compose, name);
  const open = await Promise.all(others.map(async (one) => (await ask(one))?.full.open === true));
  if (!open.includes(true) && !options.force)
    throw new PorticoError(
      'not-now',
      `${name} is the only portal that takes everything: drained, nobody would be left to serve. Start another one first, or say --force.`,
    );
  const began = performance.now();
  await compose.exec(target.id, ['touch', FILE]);
  const served = await step(`Draining ${name}`, (latest) => quiet(target, name, latest));
  const ms = Math.round(performance.now() - began);
  if (options.json) printJson({ portal: name, drained: true, running: 0, ms });
  else
    print(
      `${name} is drained: nothing in flight, after ${(ms / 1000).toFixed(1)} s and ${served} requests more. A restart ends this, or: npx portico undrain ${name}`,
    );
  return 0;
}

export async function undrain(name: string, options: { json?: boolean }): Promise<number> {
  const compose = composeOf(loadConfig());
  const { target } = await find(compose, name);
  await compose.exec(target.id, ['rm', '-f', FILE]);
  await step(`Taking ${name} back`, async (latest) => {
    await patiently(`${name} takes everything again`, async () => {
      const said = await ask(target);
      if (said?.full.open) return true;
      latest(said?.full.reasons.join('; ') ?? `${name} does not answer`);
      return false;
    });
  });
  if (options.json) printJson({ portal: name, drained: false });
  else print(`${name} takes part again.`);
  return 0;
}

async function find(compose: Compose, name: string): Promise<{ target: Container; others: Container[] }> {
  const portals = (await compose.ps()).filter((one) => one.service === 'portal' && one.state === 'running');
  const target = portals.find((one) => `portal-${one.index}` === name);
  if (target === undefined)
    throw new UsageError(
      `There is no running ${name}. ${portals.length === 0 ? 'Is the cluster up?' : `There are ${portals.map((one) => `portal-${one.index}`).join(', ')}.`}`,
    );
  return { target, others: portals.filter((one) => one !== target) };
}

async function ask(portal: Container): Promise<Said | undefined> {
  try {
    const answer = await fetch(`http://${addressOf(portal, 'dmz')}:8000/-/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    return (await answer.json()) as Said;
  } catch {
    return undefined; // whoever asks says that it is silent
  }
}

/** @returns how many requests it was still given */
async function quiet(portal: Container, name: string, latest: (line: string) => void): Promise<number> {
  const first = (await ask(portal))?.requests.total ?? 0;
  let total = first;
  let since = performance.now();
  await patiently(`${name} has nothing in flight`, async () => {
    const said = await ask(portal);
    if (said === undefined) return false;
    if (said.requests.total !== total || said.full.open || said.reading.open) since = performance.now();
    total = said.requests.total;
    latest(`${said.requests.running} in flight`);
    return said.requests.running === 0 && performance.now() - since >= QUIET_MS;
  });
  return total - first;
}

async function patiently(what: string, look: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await look())) {
    if (performance.now() - began > DEADLINE_MS)
      throw new PorticoError('internal', `After ${DEADLINE_MS / 1000} s it is not so that ${what}.`);
    await pause(LOOK_MS);
  }
}

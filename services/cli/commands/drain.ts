/** `portico drain portal-2`, `portico undrain portal-2`. */
import { PorticoError } from '../../platform/errors.ts';
import { composeOf, loadConfig } from '../config.ts';
import type { Compose, Container } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { askPortal, becomeQuiet, orderDrain, patiently, withdrawDrain } from '../portals.ts';
import { print, printJson, step } from '../terminal.ts';

const BACK_DEADLINE_MS = 60_000;

export async function drain(name: string, options: { force?: boolean; json?: boolean }): Promise<number> {
  const compose = composeOf(loadConfig());
  const { target, others } = await find(compose, name);
  const open = await Promise.all(others.map(async (one) => (await askPortal(one))?.full.open === true));
  if (!open.includes(true) && !options.force)
    throw new PorticoError(
      'not-now',
      `${name} is the only portal that takes everything: drained, nobody would be left to serve. Start another one first, or say --force.`,
    );
  const began = performance.now();
  await orderDrain(compose, target.id);
  const served = await step(`Draining ${name}`, (latest) => becomeQuiet(target, name, latest));
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
  await withdrawDrain(compose, target.id);
  await step(`Taking ${name} back`, (latest) =>
    patiently(`${name} takes everything again`, BACK_DEADLINE_MS, async () => {
      const said = await askPortal(target);
      if (said?.full.open) return true;
      latest(said?.full.reasons.join('; ') ?? `${name} does not answer`);
      return false;
    }),
  );
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

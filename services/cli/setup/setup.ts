import { spawnSync } from 'node:child_process';
import type { Config } from '../config.ts';
import { MachineError } from '../exit.ts';
import { say, step } from '../terminal.ts';
import { baseImageFacts, fetchStandard, makeOwn, OWN, planBaseImage, STANDARD } from './base-image.ts';
import { chooseBuildCa } from './ca.ts';
import { installCompose } from './compose.ts';
import { installEngine, startEngine } from './engine.ts';
import { type Facts, gatherFacts } from './facts.ts';
import { type Change, planSetup } from './plan.ts';

/** The variables that every image build of this run is given. */
export type BuildEnvironment = Record<string, string>;

/**
 * From whatever this machine is to one that can build and run the cluster. Looks first and says what it will do; where
 * all is there it changes nothing and says little.
 */
export async function setUp(config: Config): Promise<BuildEnvironment> {
  // No impact yet.
  const facts = await gatherFacts();
  const plan = planSetup(facts);
  if ('blocked' in plan) throw new MachineError(plan.blocked);
  const ca = chooseBuildCa(config.buildCa, config.nodeCa);
  report(facts, plan.changes);

  // Changing things now.
  for (const change of plan.changes) await make(change, facts);
  // A daemon that was only just installed for a plain user is reached through its new group.
  if (plan.changes.length > 0) await enterGroupIfNeeded();
  const base = await provideBaseImage(config);
  return { BASE_IMAGE: base, ...(ca && { PORTICO_BUILD_CA: ca }) };
}

function report(facts: Facts, changes: readonly Change[]): void {
  if (changes.length === 0) return;
  say(`This machine: ${facts.system ?? facts.platform}. It needs a few things; nothing was changed yet:`);
  for (const change of changes) say(`  - ${change.says}`);
}

async function make(change: Change, facts: Facts): Promise<void> {
  switch (change.kind) {
    case 'enter-group':
      return runAgainInGroup();
    case 'install-engine':
      return step('Installing Docker Engine', installEngine);
    case 'start-engine':
      return step('Starting the Docker daemon', (latest) => startEngine(facts.systemd, latest));
    case 'install-compose':
      return step('Installing Docker Compose v2', installCompose);
  }
}

async function enterGroupIfNeeded(): Promise<void> {
  const plan = planSetup(await gatherFacts());
  if ('blocked' in plan) throw new MachineError(plan.blocked);
  for (const change of plan.changes) if (change.kind === 'enter-group') runAgainInGroup();
}

/** Ends this process with the status of the same command, run in the group docker. */
function runAgainInGroup(): never {
  const quoted = process.argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const { status, error } = spawnSync('sg', ['docker', '-c', `exec ${quoted}`], { stdio: 'inherit' });
  if (error) {
    throw new MachineError(
      'You are in the group docker from your next session on: sign out, sign in, and run this again.',
    );
  }
  process.exit(status ?? 1);
}

async function provideBaseImage(config: Config): Promise<string> {
  const plan = planBaseImage(await baseImageFacts(config.baseImage));
  if ('use' in plan) return plan.use;
  if (await step(`Fetching the base image ${STANDARD}`, fetchStandard)) return STANDARD;
  say('  No image registry can be reached: the base image is made from Debian’s packages instead.');
  await step(`Making the base image ${OWN}`, makeOwn);
  return OWN;
}

import type { Facts } from './facts.ts';

/** One change to the machine, in the order in which they are made. */
export type Change =
  | { kind: 'install-engine'; says: string }
  | { kind: 'start-engine'; says: string }
  | { kind: 'install-compose'; says: string }
  /** Not a change: the same command again, with the rights that this user already has. */
  | { kind: 'enter-group'; says: string };

export type SetupPlan = { changes: Change[] } | { blocked: string };

const DOCKER_HELP = 'https://docs.docker.com/engine/install/';

/** The pure decision: what has to change on this machine before a cluster can be built, or why that cannot be done. */
export function planSetup(facts: Facts): SetupPlan {
  const { engine } = facts;
  const changes: Change[] = [];

  if (engine.state === 'forbidden') {
    if (engine.member) {
      return {
        changes: [
          {
            kind: 'enter-group',
            says: 'You are in the group docker, but not yet in this session: entering it.',
          },
        ],
      };
    }
    return {
      blocked:
        'Docker runs, but this user may not talk to it. Either run this as root, or join the group that may: ' +
        '`sudo usermod -aG docker $USER` (who is in it can become root), and run this again.',
    };
  }
  if (engine.state === 'absent' || engine.state === 'stopped') {
    const obstacle = whyNotByUs(facts);
    if (obstacle) return { blocked: obstacle };
    const system = facts.system ?? 'this system';
    if (engine.state === 'absent') {
      changes.push({
        kind: 'install-engine',
        says: `Docker Engine is not installed: installing the one of ${system} (docker.io).`,
      });
    }
    changes.push({
      kind: 'start-engine',
      says: facts.systemd
        ? 'The Docker daemon does not run: starting it with systemd.'
        : 'The Docker daemon does not run: starting it in the background.',
    });
  }
  if (facts.compose === undefined) {
    const obstacle = whyNotByUs(facts);
    if (obstacle) return { blocked: obstacle };
    changes.push({
      kind: 'install-compose',
      says: 'Docker Compose v2 is not installed: installing it from the distribution, or else from Debian 13.',
    });
  }
  return { changes };
}

/** Why this machine's owner has to install Docker; undefined when we can. */
function whyNotByUs(facts: Facts): string | undefined {
  const { engine } = facts;
  const wanted =
    engine.state === 'absent'
      ? 'Docker Engine is not installed'
      : engine.state === 'stopped'
        ? 'Docker is installed, but its daemon does not run'
        : 'Docker Compose v2 is not installed';
  if (facts.platform !== 'linux') {
    const name =
      facts.platform === 'darwin' ? 'macOS' : facts.platform === 'win32' ? 'Windows' : facts.platform;
    return engine.state === 'stopped'
      ? `${wanted}. Start Docker Desktop (or whatever runs it on ${name}), wait until \`docker info\` answers, and run this again.`
      : `${wanted}. On ${name} install Docker Desktop (${DOCKER_HELP}), start it, and run this again.`;
  }
  if (!facts.apt) {
    return engine.state === 'stopped'
      ? `${wanted} (${engine.detail}). Start it (\`sudo systemctl start docker\`), and run this again.`
      : `${wanted}, and Portico can install it on Debian and its family only, not on ${facts.system ?? 'this system'}. Install Docker Engine with Compose v2 (${DOCKER_HELP}) and run this again.`;
  }
  if (facts.root === 'no') {
    return `${wanted}, and doing something about it needs root. Run this as root, or install sudo.`;
  }
  return undefined;
}

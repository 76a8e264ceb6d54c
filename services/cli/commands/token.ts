import { PorticoError } from '../../platform/errors.ts';
import { composeOf, loadConfig } from '../config.ts';
import { type Compose, type Container, gist, run } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { print, printJson } from '../terminal.ts';

const ROLES = ['reader', 'publisher', 'admin'];

/** Makes an access token for programs. It is shown this once; the cluster keeps only its hash. */
export async function createToken(options: { role: string; name: string; json?: boolean }): Promise<number> {
  if (!ROLES.includes(options.role)) throw new UsageError(`--role is one of ${ROLES.join(', ')}.`);
  const compose = composeOf(loadConfig());
  const portal = await runningPortal(compose);
  const command = ['node', 'services/portal/admin.ts', 'token', 'create'];
  const args = ['--role', options.role, '--name', options.name, '--json'];
  const result = await compose.exec(portal.id, [...command, ...args], { check: false });
  if (result.code !== 0) {
    throw new PorticoError('internal', `${portal.name} could not make the token: ${gist(result)}`);
  }
  const made = JSON.parse(result.stdout) as { token: string };
  if (options.json) printJson(made);
  else print(made.token);
  return 0;
}

/** The first administrator's password, as `init` made it. It stays what it was when it is changed in the portal later. */
export async function adminPassword(options: { json?: boolean }): Promise<number> {
  const config = loadConfig();
  const image = (await composeOf(config).ps()).find(
    (one) => one.service === 'init' || one.service === 'portal',
  )?.image;
  if (image === undefined)
    throw new PorticoError('not-found', 'There is no cluster here yet: `npm start` makes one.');
  // From the volume itself, so that it works whatever state the cluster is in.
  const volume = `${config.project}_secrets-migrate:/secrets:ro`;
  const result = await run(
    ['run', '--rm', '--network', 'none', '-v', volume, image, 'cat', '/secrets/admin-password'],
    { check: false, deadlineMs: 60_000 },
  );
  if (result.code !== 0) throw new PorticoError('not-found', `The password cannot be read: ${gist(result)}`);
  const password = result.stdout.trim();
  if (options.json) printJson({ user: 'admin', password });
  else print(password);
  return 0;
}

async function runningPortal(compose: Compose): Promise<Container> {
  const portal = (await compose.ps()).find((one) => one.service === 'portal' && one.state === 'running');
  if (portal) return portal;
  throw new PorticoError(
    'not-found',
    'No portal is running: `npm start` starts the cluster, `npx portico status` says how it is.',
  );
}

/** The images of this clone's sources. */
import { PorticoError } from '../platform/errors.ts';
import { type Compose, gist } from './docker.ts';

/** Half an hour, for the first build behind a slow line; here it took less than one minute. */
const DEADLINE_MS = 1_800_000;

/** @throws PorticoError with the lines that say what went wrong; no container was touched */
export async function buildImages(compose: Compose, latest: (line: string) => void): Promise<void> {
  const result = await compose.compose(['--progress', 'plain', 'build'], {
    onLine: latest,
    deadlineMs: DEADLINE_MS,
    check: false,
  });
  if (result.code === 0) return;
  const certificate = /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER|certificate/i.test(result.stderr)
    ? '\nA TLS-inspecting proxy seems to be in the way: name its CA bundle in NODE_EXTRA_CA_CERTS and run this again.'
    : '';
  throw new PorticoError('internal', `The images could not be built: ${gist(result)}${certificate}`);
}

import { readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/**
 * What this is, e.g. `0.1.0+3f9a1c2e`: the release, and a digest of what the image was built from (compose/stamp.sh).
 * Outside an image there is no digest, and it says so: `0.1.0+clone`.
 */
export function ownVersion(root = ROOT): string {
  try {
    return readFileSync(new URL('VERSION', root), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
  return `${version}+clone`;
}

import { readFileSync } from 'node:fs';

/** What the image was stamped with (compose/stamp.sh): `0.1.0+3f9a1c2e`. It is built with one, so it has one. */
export const ownVersion = (file = new URL('../VERSION', import.meta.url)): string =>
  readFileSync(file, 'utf8').trim();

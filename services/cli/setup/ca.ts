import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../exit.ts';

/**
 * The CA bundle that the image builds are handed, as a build secret: what the operator named, else what this
 * machine's Node was told to trust (a TLS-inspecting proxy stands in front of npm then).
 */
export function chooseBuildCa(buildCa: string | undefined, nodeCa: string | undefined): string | undefined {
  const [variable, path] = buildCa ? ['PORTICO_BUILD_CA', buildCa] : ['NODE_EXTRA_CA_CERTS', nodeCa];
  if (!path) return undefined;
  const absolute = resolve(path);
  try {
    accessSync(absolute, constants.R_OK);
  } catch (cause) {
    throw new UsageError(`${variable} names ${absolute}, which cannot be read.`, { cause });
  }
  return absolute;
}

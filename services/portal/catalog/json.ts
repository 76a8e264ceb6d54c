/** As the API says it. */
import type { Api, ApiVersion } from './types.ts';

export function apiJson({ id: _, createdAt, updatedAt, ...api }: Api) {
  return {
    ...api,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    url: `/apis/${api.name}`,
  };
}

export function versionJson({ id: _, createdAt, updatedAt, ...version }: ApiVersion) {
  const { sourceSha256, documentSha256, yamlSha256: ___, compiledSha256: __, ...shown } = version;
  return {
    ...shown,
    source: { name: version.sourceName, sha256: sourceSha256 },
    document: { sha256: documentSha256 },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

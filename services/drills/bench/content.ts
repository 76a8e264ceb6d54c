/** APIs ready to be published, on a disk of this machine: made once, and measured in several sizes. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blobPath } from '../../platform/storage/paths.ts';
import {
  MANIFEST_VERSION,
  type Manifest,
  type NamedBlob,
  type PublishedApi,
} from '../../portal/generations/manifest.ts';
import { COMPILED_VERSION } from '../../specs/compiled.ts';
import { read } from '../../specs/read.ts';
import { syntheticApi } from './specs.ts';

export interface Content {
  /** Laid out as the shared volume's `blobs/`. */
  blobs: string;
  apis: PublishedApi[];
}

/** Reads so many descriptions as an upload would be read. Some 50 ms each. */
export async function makeContent(
  directory: string,
  count: number,
  latest: (line: string) => void = () => {},
): Promise<Content> {
  const blobs = join(directory, 'blobs');
  const keep = async (bytes: Uint8Array): Promise<NamedBlob> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = join(blobs, blobPath(sha256));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    return { sha256, size: bytes.length };
  };
  const apis: PublishedApi[] = [];
  for (let n = 0; n < count; n++) {
    const { name, title, tags, given } = syntheticApi(n);
    const reading = await read(given);
    if (!reading.document || !reading.compiled || !reading.yaml)
      throw new Error(`${name}: ${JSON.stringify(reading.problems[0])}`);
    latest(`${n + 1} of ${count} descriptions`);
    apis.push({
      name,
      title,
      summary: `Everything about ${title.toLowerCase()}.`,
      owner: `Team ${title.split(' ')[0]}`,
      tags,
      lifecycle: 'active',
      sunset: null,
      versions: [
        {
          name: reading.version,
          format: reading.format!,
          changelog: '',
          operations: reading.operations,
          createdAt: '2026-01-01T00:00:00.000Z',
          source: { ...(await keep(given.bytes)), name: given.name },
          document: await keep(reading.document),
          yaml: await keep(reading.yaml),
          compiled: { ...(await keep(reading.compiled)), v: COMPILED_VERSION },
        },
      ],
    });
  }
  return { blobs, apis };
}

/** The first `count` of them as a generation. */
export const manifestOf = ({ apis }: Content, n: number, count = apis.length): Manifest => ({
  v: MANIFEST_VERSION,
  n,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'bench',
  note: `bench: ${count} APIs`,
  apis: apis.slice(0, count).toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
});

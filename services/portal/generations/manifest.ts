/** What a generation is: everything that is published, by hash. Pure. */
import { z } from 'zod';
import { PorticoError } from '../../platform/errors.ts';
import { FORMATS, type Format } from '../../specs/types.ts';
import { LIFECYCLES } from '../catalog/types.ts';

/**
 * Of the manifest's shape. The release before this one and the one after it read it, too, so fields are only ever added,
 * and unknown ones are kept out of the way.
 */
export const MANIFEST_VERSION = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const blob = z.object({ sha256, size: z.number().int().nonnegative() });

const version = z.object({
  name: z.string(),
  format: z.enum(Object.keys(FORMATS) as [Format, ...Format[]]),
  changelog: z.string(),
  operations: z.number().int().nonnegative(),
  createdAt: z.string(),
  /** As it came; the name under which it is downloaded. */
  source: blob.extend({ name: z.string() }),
  document: blob,
  /** The document in YAML. */
  yaml: blob.optional(),
  /** `v`: of its lines' shape (services/specs/compiled.ts). */
  compiled: blob.extend({ v: z.number().int() }),
});

const api = z.object({
  name: z.string(),
  title: z.string(),
  summary: z.string(),
  owner: z.string(),
  tags: z.array(z.string()),
  lifecycle: z.enum(LIFECYCLES),
  sunset: z.string().nullable(),
  /** The latest first. */
  versions: z.array(version),
});

/** Where an imported one came from. */
const origin = z.object({
  /** The name under which its key is trusted here. */
  cluster: z.string(),
  n: z.number().int().positive(),
  fingerprint: z.string(),
  manifestSha256: sha256,
  createdAt: z.string(),
  createdBy: z.string(),
});

const manifest = z.object({
  v: z.literal(MANIFEST_VERSION),
  n: z.number().int().positive(),
  createdAt: z.string(),
  createdBy: z.string(),
  note: z.string(),
  origin: origin.optional(),
  apis: z.array(api),
});

export type Manifest = z.infer<typeof manifest>;
export type Origin = z.infer<typeof origin>;
export type PublishedApi = z.infer<typeof api>;
export type PublishedVersion = z.infer<typeof version>;
export type NamedBlob = z.infer<typeof blob>;

/** @throws PorticoError 'invalid': no manifest, or one of a release that is too new */
export function parseManifest(text: string): Manifest {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (cause) {
    throw new PorticoError('invalid', 'The manifest is not JSON.', { cause });
  }
  const parsed = manifest.safeParse(written);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PorticoError(
    'invalid',
    `The manifest cannot be read: ${issue?.path.join('.')}: ${issue?.message}.`,
  );
}

/** The same for the same content: keys in order, nothing else in between. */
export const manifestText = (one: Manifest): string => `${JSON.stringify(manifest.parse(one))}\n`;

/** Every blob that it needs, each once. */
export function blobsOf({ apis }: Pick<Manifest, 'apis'>): NamedBlob[] {
  const all = new Map<string, NamedBlob>();
  for (const { versions } of apis)
    for (const { source, document, yaml, compiled } of versions)
      for (const { sha256: hash, size } of [source, document, compiled, ...(yaml ? [yaml] : [])])
        all.set(hash, { sha256: hash, size });
  return [...all.values()];
}

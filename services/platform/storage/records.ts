import { z } from 'zod';
import { isId, isSha256 } from './paths.ts';

/**
 * What stands in `media/<id>.json`: the second record of an upload, or of its end.
 * Fields are only ever added, and unknown ones are ignored, so the releases before and after can read it.
 */
const id = z.string().refine(isId);
const sha256 = z.string().refine(isSha256);

const sidecar = z.object({
  v: z.number(),
  kind: z.literal('media'),
  id,
  /** The row's transaction inserts this id, so the row can be made once, whoever makes it. */
  operationId: id,
  name: z.string().min(1),
  mediaType: z.string().min(1),
  size: z.number().int().positive(),
  sha256,
  visibility: z.enum(['public', 'internal']),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  /** The client's Idempotency-Key: whoever makes the row later must find a retry that made another one. */
  idempotency: z.object({ principal: z.string(), key: z.string(), fingerprint: sha256 }).optional(),
  /** The client was told that the upload failed. Only a row that was committed after all can still save it. */
  refusedAt: z.iso.datetime().optional(),
});

const tombstone = z.object({
  v: z.number(),
  kind: z.literal('tombstone'),
  id,
  operationId: id,
  name: z.string(),
  /** By which a collector finds the blob. */
  sha256,
  buriedBy: z.string(),
  buriedAt: z.iso.datetime(),
  reason: z.enum(['deleted', 'never-acknowledged']),
});

export type Sidecar = z.infer<typeof sidecar>;
export type Tombstone = z.infer<typeof tombstone>;
export type MediaRecord = Sidecar | Tombstone;

const record = z.discriminatedUnion('kind', [sidecar, tombstone]);

export const RECORD_VERSION = 1;

/** @returns undefined when it is not a record that this release can read; such a file is left alone */
export function parseRecord(text: string): MediaRecord | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  return record.safeParse(json).data;
}

export function bury(item: Sidecar, by: string, reason: Tombstone['reason'], at = new Date()): Tombstone {
  const { id, operationId, name, sha256 } = item;
  return {
    v: RECORD_VERSION,
    kind: 'tombstone',
    id,
    operationId,
    name,
    sha256,
    buriedBy: by,
    buriedAt: at.toISOString(),
    reason,
  };
}

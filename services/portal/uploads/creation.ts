import type { Upload } from '@tus/server';
import { claimOf } from '../../platform/database/idempotency.ts';
import type { IdempotencyClaim } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import { cleanName } from '../media/names.ts';
import type { UploadRequest } from './request.ts';
import type { NewUpload } from './types.ts';

/** @throws PorticoError 'invalid', 'empty-file' */
export function newUploadOf(upload: Upload, request: UploadRequest, operationId: string): NewUpload {
  const { id, size, metadata = {} } = upload;
  const { visibility = 'public' } = metadata;
  const name = metadata.filename ?? metadata.name;
  if (!name) throw wrong('filename', 'the name of the file, Base64');
  if (visibility !== 'public' && visibility !== 'internal') throw wrong('visibility', 'public or internal');
  if (size === 0) throw new PorticoError('empty-file', 'The file is empty.');
  if (request.idempotency && request.hasBody)
    throw new PorticoError(
      'invalid',
      'With an Idempotency-Key the upload is created without bytes; send them with PATCH.',
    );
  const { owner, createdBy } = request;
  return { id, operationId, owner, createdBy, name: cleanName(name), visibility, metadata, size };
}

function wrong(key: string, what: string): PorticoError {
  return new PorticoError('invalid', `Upload-Metadata needs the key ${key}: ${what}.`, {
    fields: { [key]: what },
  });
}

/** What makes two creations with one Idempotency-Key the same. */
export function announcement(upload: NewUpload, request: UploadRequest): IdempotencyClaim | undefined {
  return claimOf(request.idempotency, 'POST /api/v1/uploads', upload.size ?? null, upload.metadata);
}

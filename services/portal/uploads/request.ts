import { AsyncLocalStorage } from 'node:async_hooks';
import type { IdempotencyKey } from '../../platform/database/types.ts';
import type { Checksum } from './checksum.ts';

/** What the store and the locker must know of the request that they serve; @tus/server hands them ids alone. */
export interface UploadRequest {
  method: string;
  /** From the address; undefined when it creates one. */
  id: string | undefined;
  owner: string;
  createdBy: string;
  checksum: Checksum | undefined;
  idempotency: IdempotencyKey | undefined;
  /** It has bytes to write, also if it creates the upload. */
  hasBody: boolean;
  /** Ends this request, keeping what it wrote. */
  cancel: () => void;
  /** What went wrong, as it was thrown: @tus/server's answer keeps only its text. */
  fault: unknown;
  /** An earlier request with its Idempotency-Key had created the upload, or ended it. */
  replayed: boolean;
}

const requests = new AsyncLocalStorage<UploadRequest>();

export const runAs = <T>(request: UploadRequest, work: () => Promise<T>): Promise<T> =>
  requests.run(request, work);

export function currentRequest(): UploadRequest {
  const request = requests.getStore();
  if (!request) throw new Error('There is no request to serve.');
  return request;
}

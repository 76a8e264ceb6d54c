import type { Request, Response } from 'express';

export interface Blobs {
  /** A blob's path below `blobs/`, for the load balancer. */
  blobPath(sha256: string): string;
  /** The bytes of a blob, where no load balancer is in front. */
  readBlob(sha256: string): Promise<Buffer>;
}

/** @param blob `name`: what a browser saves it as; `cache`: how long it may be kept, as Cache-Control says it */
export async function sendBlob(
  { blobPath, readBlob }: Blobs,
  request: Request,
  response: Response,
  blob: { sha256: string; type: string; name: string; cache: string },
): Promise<void> {
  response.set({
    'Content-Type': blob.type,
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(blob.name)}`,
    'Cache-Control': blob.cache,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': 'sandbox',
    ETag: `"${blob.sha256}"`,
  });
  if (request.fromEdge) response.set('X-Accel-Redirect', `/_blobs/${blobPath(blob.sha256)}`).end();
  else response.send(await readBlob(blob.sha256));
}

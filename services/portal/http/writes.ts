import type { Request, RequestHandler, Response } from 'express';
import type { IdempotencyKey } from '../../platform/database/types.ts';
import { idempotencyOf } from './input.ts';

/** What a write of the API answers. */
export interface Written {
  status: 200 | 201 | 202 | 204;
  /** From `answerOnce`: an earlier request with the same Idempotency-Key got this answer. */
  replayed: boolean;
  /** The path of what was made. */
  location?: string;
  /** JSON; nothing with 204. */
  body?: unknown;
}

/**
 * The last handler of each write of the API: reads the Idempotency-Key, and says when the answer is an earlier one. A write
 * that does not hand `keyed` on, down to `answerOnce`, cannot know `replayed`, and drills/keys.cluster.test.ts
 * finds whoever makes it up.
 * @param work gets the client's key, scoped by who sent it
 */
export function apiWrite(
  work: (request: Request, keyed: { idempotency?: IdempotencyKey }, response: Response) => Promise<Written>,
): RequestHandler {
  return async (request, response) => {
    const { status, replayed, location, body } = await work(request, idempotencyOf(request), response);
    if (replayed) response.set('Idempotency-Replayed', 'true');
    if (location !== undefined) response.location(location);
    response.status(status);
    if (body === undefined) response.end();
    else response.json(body);
  };
}

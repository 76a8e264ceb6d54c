import type { RequestHandler } from 'express';
import type { Logger } from '../../platform/log.ts';
import type { Traffic } from '../drain.ts';

/** Counts what is being answered, and writes one line for each answer. While the portal drains, answers close their connections. */
export function traffic(count: Traffic, isDraining: () => boolean, log: Logger): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    const ours = request.path.startsWith('/-/');
    if (!ours) {
      count.running += 1;
      count.total += 1;
      count.lastStart = began;
    }
    if (isDraining()) response.set('Connection', 'close');
    response.once('close', () => {
      if (!ours) count.running -= 1;
      const line = {
        requestId: request.requestId,
        client: request.clientAddress,
        user: request.principal?.name,
        method: request.method,
        path: request.originalUrl.split('?')[0],
        status: response.statusCode,
        // The client went away before its answer was complete.
        cut: response.writableFinished ? undefined : true,
        ms: Math.round(performance.now() - began),
      };
      log[ours ? 'debug' : 'info'](line, 'request');
    });
    next();
  };
}

import type { Request, Response } from 'express';

/** How long the rest of a refused body may go on arriving: ms. */
const PATIENCE_MS = 10_000;

/**
 * A request is answered before its body has arrived (too large, not allowed): the rest is read and thrown away for a
 * while. Closing at once would reset the connection, and the client might never see the answer.
 */
export function discardRest(request: Request, response: Response): void {
  if (request.complete) return;
  response.removeHeader('Connection');
  response.once('finish', () => {
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    const done = () => clearTimeout(timer);
    request.once('end', done).once('close', done).once('error', done).resume();
    socket.once('close', done);
  });
}

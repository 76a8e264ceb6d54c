import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { opened, type RenderOptions } from './render.ts';

/** One part of a long page: a view with its locals, and what is done to its HTML. */
export interface Piece {
  view: string;
  locals: Record<string, unknown>;
  change?: (html: string) => string;
}

/** Everybody else has their turn after so long: ms. */
const SLICE_MS = 10;

/**
 * Sends a page that may be long, piece after piece, as fast as the client takes it. The event loop is held up for one
 * slice and one piece at the most, and the portal never holds the page as a whole.
 * A piece that cannot be rendered cuts the connection, unless it is the first: then it is an error page like any other.
 * @param pieces asked for one by one: what comes later is made when it is its turn
 */
export async function renderInPieces(
  request: Request,
  response: Response,
  pieces: Iterable<Piece>,
  options: RenderOptions = {},
): Promise<void> {
  const common = opened(request, response, options);
  if (request.method === 'HEAD') {
    response.type('html').end();
    return;
  }
  const isOver = () => response.destroyed || response.writableEnded;
  let began = performance.now();
  for (const { view, locals, change } of pieces) {
    const html = await rendered(response, view, { ...common, ...locals });
    if (isOver()) return;
    if (!response.headersSent) response.type('html');
    if (!response.write(change ? change(html) : html)) await drained(response);
    if (performance.now() - began < SLICE_MS) continue;
    await turn();
    if (isOver()) return;
    began = performance.now();
  }
  response.end();
}

/** The client has taken what was sent, or went away. */
async function drained(response: Response): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  settled.abort();
}

function rendered(response: Response, view: string, locals: object): Promise<string> {
  return new Promise((resolve, reject) => {
    response.render(view, locals, (error: Error | null, html: string) =>
      error ? reject(error) : resolve(html),
    );
  });
}

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';

const FORWARDED = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded', 'x-portico-edge'];

/**
 * Believes the load balancer, and nobody else, about who the client is: what makes it the load balancer is the edge
 * secret, whatever address it calls from. Everybody else's forwarding headers are dropped unread.
 */
export function edge(secret: string): RequestHandler {
  // In one go: an object of `createHash` costs as much as a tenth of a page that is answered from memory.
  const digest = (text: string) => hash('sha256', text, 'buffer');
  const wanted = digest(secret);
  return (request, response, next) => {
    const { headers } = request;
    const peer = plainAddress(request.socket.remoteAddress ?? '');
    const shown = headers['x-portico-edge'];
    const trusted = typeof shown === 'string' && timingSafeEqual(digest(shown), wanted);
    const forwarded = headers['x-forwarded-for'];
    const id = headers['x-request-id'];

    request.fromEdge = trusted;
    request.principal = undefined;
    request.clientAddress =
      trusted && typeof forwarded === 'string' && isIP(forwarded.trim())
        ? plainAddress(forwarded.trim())
        : peer;
    request.requestId =
      trusted && typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) ? id : randomBytes(16).toString('hex');
    // Express and express-session ask `request.protocol` whether a Secure cookie may be set.
    const protocol = trusted && headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
    Object.defineProperty(request, 'protocol', { value: protocol, configurable: true });
    for (const name of FORWARDED) delete headers[name];

    response.set('X-Request-Id', request.requestId);
    next();
  };
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

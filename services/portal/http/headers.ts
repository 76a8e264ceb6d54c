import type { Request, Response } from 'express';
import helmet from 'helmet';

const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'blob:'],
  mediaSrc: ["'self'"],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  frameSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};

/**
 * Headers of every answer. The policy knows this origin's own files only: no inline script, no inline style, nobody
 * else's host. Scripts show what is about to be uploaded through `blob:`.
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: { useDefaults: false, directives },
  // With `no-referrer` a form's POST bears `Origin: null`, and the origin check would refuse our own forms.
  referrerPolicy: { policy: 'same-origin' },
  // The certificate is self-signed until an operator mounts one: with HSTS no browser would let a person in.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
});

/**
 * One page may do more than the others: call these origins, show these pictures.
 * @throws what is no source, so that nothing can be smuggled into the policy
 */
export function allow(
  request: Request,
  response: Response,
  more: Partial<Record<'connectSrc' | 'imgSrc', readonly string[]>>,
): void {
  const widened = Object.entries(more).map(([name, sources]) => [
    name,
    [...directives[name as keyof typeof more], ...sources],
  ]);
  helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: { ...directives, ...Object.fromEntries(widened) },
  })(request, response, (error?: unknown) => {
    if (error) throw error;
  });
}

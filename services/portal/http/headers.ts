import helmet from 'helmet';

/**
 * Headers of every answer. The policy knows this origin's own files only: no inline script, no inline style, nobody
 * else's host. Scripts show what is about to be uploaded through `blob:`.
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
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
    },
  },
  // With `no-referrer` a form's POST bears `Origin: null`, and the origin check would refuse our own forms.
  referrerPolicy: { policy: 'same-origin' },
  // The certificate is self-signed until an operator mounts one: with HSTS no browser would let a person in.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
});

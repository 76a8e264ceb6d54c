/**
 * How a browser may treat an uploaded file. Whatever it is, it must not run as the portal's origin: the policy takes
 * its origin away (`sandbox`), and only types that a browser merely shows are shown.
 */
const SHOWN = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'image/x-icon',
  'application/pdf',
  'text/plain',
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/mp4',
  'audio/flac',
]);

const LOCKED =
  "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

export function policyFor(mediaType: string): string {
  // Browsers show no PDF in a sandbox, and their viewers give its scripts no origin anyway.
  return mediaType === 'application/pdf'
    ? "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    : `sandbox; ${LOCKED}`;
}

/** RFC 6266: an ASCII name for old programs, and the real one as RFC 5987 says. */
export function disposition(name: string, mediaType: string): string {
  const kind = SHOWN.has(mediaType) ? 'inline' : 'attachment';
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`;
}

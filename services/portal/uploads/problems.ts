import { type ErrorCode, PorticoError } from '../../platform/errors.ts';

const CODES: Record<number, ErrorCode> = {
  400: 'invalid',
  403: 'invalid',
  404: 'not-found',
  410: 'gone',
  412: 'tus-version',
  413: 'too-large',
  501: 'invalid',
};

/** @tus/server's answer as ours. What was thrown on purpose below it knows better than its status and its text. */
export function asUploadError(fault: unknown, status: number, text: string): unknown {
  if (fault instanceof PorticoError) return fault;
  if (/lock/i.test(text)) {
    return new PorticoError('locked', 'Another request has this upload. Ask how far it is.', {
      retryAfter: 1,
    });
  }
  if (status === 409)
    return new PorticoError(
      'wrong-offset',
      'The upload goes on at another byte: ask with HEAD which one it is.',
    );
  const code = CODES[status];
  if (code === undefined) return fault ?? new Error(`@tus/server answered ${status}: ${text}`);
  const sentence = text.trim().replace(/\.?$/, '.');
  return new PorticoError(code, sentence.charAt(0).toUpperCase() + sentence.slice(1), { cause: fault });
}

import { PassThrough, type Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import type { Request } from 'express';
import { PorticoError } from '../../platform/errors.ts';

/** A body that brings no byte for so long is given up: ms. */
const SILENCE_MS = 120_000;
const FIELD_BYTES = 1024;

export interface FormOptions {
  silenceMs?: number | undefined;
  /** Of each field that is no file. */
  fieldBytes?: number;
}

export type Part =
  | { kind: 'field'; field: string; value: string }
  | { kind: 'file'; field: string; name: string; content: Readable }
  | { kind: 'end' };

export interface Form {
  next(): Promise<Part>;
  fault(): PorticoError | undefined;
  close(): void;
}

/**
 * The parts before the file, one by one, and then the file. Its stream ends only when the whole body was parsed and was
 * in order: a body cut off, or a second file behind the first, breaks the stream instead, and nothing is kept.
 */
export async function openForm(
  request: Request,
  { silenceMs = SILENCE_MS, fieldBytes = FIELD_BYTES }: FormOptions = {},
): Promise<Form> {
  let parser: Busboy;
  try {
    parser = busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { fields: 10, fieldSize: fieldBytes, files: 2, parts: 12 },
    });
  } catch (error) {
    throw new PorticoError('invalid', 'Send the file as multipart/form-data.', { cause: error });
  }
  const parts: Part[] = [];
  let wake: () => void = () => {};
  let fault: PorticoError | undefined;
  let content: PassThrough | undefined;

  const put = (part: Part) => {
    parts.push(part);
    wake();
  };
  const fail = (error: PorticoError) => {
    fault ??= error;
    request.unpipe(parser);
    content?.destroy(fault);
    wake();
  };
  const aborted = (cause?: unknown) =>
    fail(new PorticoError('upload-aborted', 'The upload ended before its last byte arrived.', { cause }));

  parser.on('field', (field, value, { valueTruncated }) => {
    if (valueTruncated) fail(new PorticoError('invalid', `The field “${field}” is too long.`));
    else if (content) fail(new PorticoError('invalid', `The field “${field}” must come before the file.`));
    else put({ kind: 'field', field, value });
  });
  parser.on('file', (field, stream, { filename }) => {
    stream.on('error', aborted);
    if (content) {
      stream.resume();
      fail(new PorticoError('invalid', 'Send one file at a time.'));
      return;
    }
    content = new PassThrough();
    // The service may go away while we still push; the fault is known then.
    content.on('error', () => {});
    stream.pipe(content, { end: false });
    put({ kind: 'file', field, name: unescaped(filename ?? ''), content });
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    parser.on(limit, () => fail(new PorticoError('invalid', 'The form has too many parts.')));
  parser.on('error', aborted);
  parser.on('close', () => {
    if (content && !fault) content.end();
    put({ kind: 'end' });
  });
  const gone = () => {
    if (!request.complete) aborted();
  };
  // Of the two that come when a client vanishes, `close` comes in any other case, too.
  request.once('close', gone).on('error', () => {});

  let silence: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => aborted(new Error(`no byte for ${silenceMs} ms`)), silenceMs);
  };
  request.on('data', heard);
  heard();
  request.pipe(parser);

  return {
    async next() {
      while (parts.length === 0 && !fault) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (fault) throw fault;
      return parts.shift()!;
    },
    fault: () => fault,
    close() {
      clearTimeout(silence);
      request.off('data', heard).off('close', gone).unpipe(parser);
      // The service failed early: nobody reads the rest. Errors on the way down are nobody's news.
      content?.destroy();
      parser.removeAllListeners('close').on('error', () => {});
      parser.destroy();
    },
  };
}

/** Browsers and curl write a quote in a file's name as %22: https://html.spec.whatwg.org/#multipart-form-data */
function unescaped(filename: string): string {
  return filename.replaceAll('%22', '"');
}

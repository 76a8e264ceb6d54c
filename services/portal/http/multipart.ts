import { PassThrough, type Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import type { Request } from 'express';
import { PorticoError } from '../../platform/errors.ts';
import type { Csrf } from './csrf.ts';

/** A body that brings no byte for so long is given up: ms. */
const SILENCE_MS = 120_000;
const FIELD_BYTES = 1024;

interface FormOptions {
  silenceMs?: number | undefined;
  /** Of each field that is no file. */
  fieldBytes?: number;
}

type Part =
  | { kind: 'field'; field: string; value: string }
  | { kind: 'file'; field: string; name: string; content: Readable }
  | { kind: 'end' };

interface Form {
  next(): Promise<Part>;
  fault(): PorticoError | undefined;
  close(): void;
}

/**
 * The parts before the file, one by one, and then the file. Its stream ends only when the whole body was parsed and was
 * in order: a body cut off, or a second file behind the first, breaks the stream instead, and nothing is kept.
 */
async function openForm(
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

export interface FileFormOptions<T> extends FormOptions {
  csrf: Csrf;
  /** The request's headers have shown already that it comes from our own page, or bears a token: `csrf.checkHeaders`. */
  isTrusted: boolean;
  /** A field before the file. @returns whether it is known */
  onField?(field: string, value: string): boolean;
  /** The file, in the field `file`. What went wrong with the body counts before what is thrown here. */
  take(file: { name: string; content: Readable }): Promise<T>;
}

/** A form of a few fields, `_csrf` among them, and then one file. @throws PorticoError 'invalid', 'csrf', 'upload-aborted' */
export async function takeFile<T>(request: Request, options: FileFormOptions<T>): Promise<T> {
  const { csrf, onField, take } = options;
  let isTrusted = options.isTrusted;
  const form = await openForm(request, options);
  try {
    for (;;) {
      const part = await form.next();
      if (part.kind === 'end')
        throw new PorticoError('invalid', 'The form has no field “file” with a file in it.');
      if (part.kind === 'file') {
        if (!isTrusted) csrf.checkToken(request, undefined);
        if (part.field !== 'file')
          throw new PorticoError('invalid', `The file must be in the field “file”, not “${part.field}”.`);
        return await take(part).catch((error: unknown) => {
          // What the form saw go wrong is the cause; who takes the file only saw its stream break.
          throw form.fault() ?? error;
        });
      }
      if (part.field === '_csrf') {
        csrf.checkToken(request, part.value);
        isTrusted = true;
      } else if (!onField?.(part.field, part.value))
        throw new PorticoError('invalid', `The field “${part.field}” is not known here.`);
    }
  } finally {
    form.close();
  }
}

/** Browsers and curl write a quote in a file's name as %22: https://html.spec.whatwg.org/#multipart-form-data */
function unescaped(filename: string): string {
  return filename.replaceAll('%22', '"');
}

import { fileTypeFromBuffer } from 'file-type';

const UNKNOWN = 'application/octet-stream';

/**
 * What a name may say about content that is known to be plain text. Nothing that a browser would run or apply:
 * a script or a style sheet stays text/plain, which it refuses to load as either.
 */
const TEXT_BY_EXTENSION: Record<string, string> = {
  json: 'application/json',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  md: 'text/markdown',
  csv: 'text/csv',
};

/** What browsers take for HTML when they guess, and some more: it is better to sandbox too much. */
const HTML =
  /^(?:<!doctype html|<(?:html|head|body|script|iframe|style|title|h1|div|font|table|a|img|svg:script|form|meta|link|br|p)[\s>/])/iu;

/**
 * The type of a file whose first bytes are `head`. The client's word for it is not asked for; the name only
 * chooses among harmless kinds of text. Text types are UTF-8.
 */
export async function detectType(head: Buffer, name: string): Promise<string> {
  const binary = await recognise(head);
  if (binary !== undefined && binary !== 'application/xml') return binary;
  const text = asText(head);
  if (text === undefined) return binary ?? UNKNOWN;
  const start = skipProlog(text);
  if (/^(?:<!doctype svg|<(?:\w+:)?svg[\s>/])/iu.test(start)) return 'image/svg+xml';
  if (HTML.test(start)) return 'text/html';
  if (/^\s*<\?xml[\s?]/iu.test(text) || binary !== undefined) return 'application/xml';
  const extension = /\.([a-z]+)$/iu.exec(name)?.[1]?.toLowerCase() ?? '';
  if (extension === 'json' && !/^\s*[[{"\d\-tfn]/u.test(text)) return 'text/plain';
  return TEXT_BY_EXTENSION[extension] ?? 'text/plain';
}

async function recognise(head: Buffer): Promise<string | undefined> {
  try {
    return (await fileTypeFromBuffer(head))?.mime.split(';')[0];
  } catch {
    // A file that breaks a parser is a file of no known type, not a failed upload.
    return undefined;
  }
}

/** The head as text, if it is UTF-8 without control characters; its last character may be cut off. */
function asText(head: Buffer): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells text from the rest
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/u.test(text) ? undefined : text;
}

/** Skips what may stand before the root element: declaration, comments, processing instructions, other doctypes' space. */
function skipProlog(text: string): string {
  let rest = text.trimStart();
  for (;;) {
    const end = rest.startsWith('<!--')
      ? rest.indexOf('-->') + 3
      : rest.startsWith('<?')
        ? rest.indexOf('?>') + 2
        : 0;
    if (end < 3) return rest;
    rest = rest.slice(end).trimStart();
  }
}

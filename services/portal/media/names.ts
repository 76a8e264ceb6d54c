const MAX_BYTES = 255;
const FALLBACK = 'file';

/**
 * Characters that draw nothing, or turn what follows around: a name must look like what it is. The joiners
 * (U+200C, U+200D), the variation selectors and the tags stay, because emoji and several scripts are made with them.
 */
const INVISIBLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/** What a person named the file, made safe to show, to store and to send: never empty, at most `maxBytes` of UTF-8. */
export function cleanName(raw: string, maxBytes = MAX_BYTES): string {
  // `\` too: some browsers send the path that the file had on Windows
  const last = raw.toWellFormed().split(/[/\\]/u).at(-1) ?? '';
  const name = last
    .normalize('NFC')
    .replaceAll('\ufeff', '')
    .replace(/\s+/gu, ' ')
    .replace(INVISIBLE, '')
    .trim();
  if (/^\.*$/u.test(name)) return FALLBACK;
  return cut(name, maxBytes);
}

/** Cuts before the extension, and between what a reader sees as two characters. */
function cut(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const extension = /\.[^.\s]{1,16}$/u.exec(name)?.[0] ?? '';
  const room = maxBytes - Buffer.byteLength(extension);
  let stem = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter('en').segment(name.slice(0, name.length - extension.length))) {
    used += Buffer.byteLength(segment);
    if (used > room) break;
    stem += segment;
  }
  return `${stem.trimEnd() || FALLBACK}${extension}`;
}

/** Whether a page does only what this portal wrote, whatever the texts in it say. Pure. */

/** A start tag as a browser reads it: attributes with quotes, without, or without a value. */
const TAG = /<([a-z][\w:-]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=`]+))?)*)\s*\/?>/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=`]+)))?/g;
const ANY_TAG = /<[a-z]/gi;
/** Elements with which a text could bring more than text. */
const ACTIVE = new Set(['iframe', 'object', 'embed', 'base', 'applet', 'frame', 'foreignobject']);
const ADDRESSES = new Set(['href', 'src', 'action', 'formaction', 'srcset', 'poster', 'data', 'xlink:href']);
const SAFE_ADDRESS = /^(https?:\/\/|mailto:|\/(?!\/)|#|\?|\.{0,2}\/|$)/i;

/** @returns what a browser would run, load or follow that is not this portal's own; empty when there is nothing */
export function harmIn(html: string): string[] {
  const found: string[] = [];
  let tags = 0;
  for (const [whole, name = '', written = ''] of html.matchAll(TAG)) {
    tags++;
    const tag = name.toLowerCase();
    const attributes = attributesOf(written);
    if (ACTIVE.has(tag)) found.push(`an element ${whole}`);
    if (tag === 'script' && !/^\/assets\/[\w.-]+/.test(attributes.get('src') ?? ''))
      found.push(`a script of somebody else: ${whole}`);
    for (const [attribute, value] of attributes) {
      if (attribute.startsWith('on')) found.push(`a handler in ${whole}`);
      if (attribute === 'style') found.push(`a style in ${whole}`);
      if (ADDRESSES.has(attribute) && !SAFE_ADDRESS.test(plain(value))) found.push(`an address in ${whole}`);
      if ((attribute === 'src' || attribute === 'srcset') && !value.startsWith('/'))
        found.push(`something loaded from elsewhere: ${whole}`);
    }
  }
  // Else the page bears what a browser takes for a tag and the lines above do not.
  const all = html.match(ANY_TAG)?.length ?? 0;
  if (all !== tags) found.push(`${all - tags} tags that cannot be read`);
  for (const [, content = ''] of html.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script/gi))
    if (content.trim() !== '') found.push(`a script in the page: ${content.slice(0, 80)}`);
  return found;
}

function attributesOf(written: string): Map<string, string> {
  return new Map(
    [...written.matchAll(ATTRIBUTE)].map(([, name = '', ...values]) => [
      name.toLowerCase(),
      values.find((value) => value !== undefined) ?? '',
    ]),
  );
}

/** As a browser reads an address: entities are characters, and white space within does not count. */
function plain(value: string): string {
  return value
    .replaceAll(/&#x([0-9a-f]+);?/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll(/&#(\d+);?/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&(colon|tab|newline|amp);/gi, (_, name: string) => ENTITIES[name.toLowerCase()] ?? '')
    .replaceAll(/[\p{Cc}\s]/gu, '');
}
const ENTITIES: Record<string, string> = { colon: ':', tab: '\t', newline: '\n', amp: '&' };

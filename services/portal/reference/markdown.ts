/** Descriptions are Markdown that anybody may have written: no HTML of theirs, no address but the web's, nothing loaded. */
import markdownIt, { type Token } from 'markdown-it';

/** Characters; a longer description is cut, and says so. */
const LONGEST = 200_000;

const renderer = markdownIt({ html: false, linkify: true, typographer: false, breaks: false });
const safeLink = renderer.validateLink;
renderer.validateLink = (url) => safeLink(url) && /^(https?:|mailto:|#|\/(?!\/)|\.{0,2}\/)/i.test(url.trim());

// A picture on another's server would tell that server who reads the page.
renderer.renderer.rules.image = (tokens, index, options, env, self) => {
  const token = tokens[index] as Token;
  const source = `${token.attrGet('src') ?? ''}`;
  const alternative = self.renderInlineAsText(token.children ?? [], options, env);
  if (/^\/(?!\/)/.test(source)) {
    token.attrSet('alt', alternative);
    return self.renderToken(tokens, index, options);
  }
  const words = renderer.utils.escapeHtml(alternative || source);
  return `<a href="${renderer.utils.escapeHtml(source)}" rel="noopener noreferrer nofollow">${words}</a>`;
};
renderer.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index] as Token;
  if (/^https?:/i.test(`${token.attrGet('href') ?? ''}`))
    token.attrSet('rel', 'noopener noreferrer nofollow');
  return self.renderToken(tokens, index, options);
};
// Their headings go under the page's own.
for (const rule of ['heading_open', 'heading_close'])
  renderer.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    const token = tokens[index] as Token;
    token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`;
    return self.renderToken(tokens, index, options);
  };

/** Whether an address that they wrote may be a link's: one of `javascript:` would run as this portal. */
export const isWebAddress = (url: string): boolean => /^(https?:\/\/|mailto:)/i.test(url);

/** @returns HTML that may stand in a page */
export function markdown(source: string | undefined): string {
  if (!source) return '';
  if (source.length <= LONGEST) return renderer.render(source);
  return `${renderer.render(source.slice(0, LONGEST))}<p>… (it goes on, and is not shown)</p>\n`;
}

/** Without its block: for a row of a table. */
export function markdownInline(source: string | undefined): string {
  return source ? renderer.renderInline(source.slice(0, LONGEST)) : '';
}

/** @returns its first sentence or so, without marks: for a list */
export function plainWords(source: string | undefined, longest = 160): string {
  if (!source) return '';
  const [first = ''] = source.trim().split(/\n\s*\n/);
  const words = renderer
    .renderInline(first.slice(0, 4 * longest))
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return words.length <= longest ? words : `${words.slice(0, longest - 1).replace(/\s+\S*$/, '')}…`;
}

import { styleText } from 'node:util';

/** A piece of a line. Styles are meanings, so that without colour nothing is lost: no text depends on its style. */
export interface Span {
  text: string;
  style?: Style;
}
export type Style = 'good' | 'warn' | 'bad' | 'gone' | 'faint' | 'strong';
export type Line = Span[];

const LOOKS: Record<Style, Parameters<typeof styleText>[0]> = {
  good: 'green',
  warn: 'yellow',
  bad: ['red', 'bold'],
  gone: 'gray',
  faint: 'gray',
  strong: 'bold',
};

/** A line of a terminal: never longer than `width`, so that nothing wraps. What parts say of themselves is made harmless. */
export function paint(line: Line, width: number, colour: boolean): string {
  let left = width;
  let painted = '';
  for (const { text, style } of line) {
    if (left <= 0) break;
    const letters = [...harmless(text)];
    const fits = letters.length <= left;
    const shown = fits ? letters.join('') : `${letters.slice(0, left - 1).join('')}…`;
    left -= fits ? letters.length : left;
    painted +=
      colour && style && shown.trim() ? styleText(LOOKS[style], shown, { validateStream: false }) : shown;
  }
  return painted.trimEnd();
}

/** Without what would move the cursor, and without letters that are two columns wide or none. */
function harmless(text: string): string {
  return text
    .replaceAll(/\s+/g, (space) => ' '.repeat(Math.max(1, space.length)))
    .replaceAll(/[\p{Cc}\p{Cf}\p{Mn}]/gu, '')
    .replaceAll(
      /[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/gu,
      '?',
    );
}

const BARS = '▁▂▃▄▅▆▇█';

/** One letter a value. Whatever is not zero is seen. @param top what fills a letter; at least the greatest value */
export function bars(values: readonly number[], top: number): string {
  return values
    .map((value) => {
      if (value <= 0) return BARS[0];
      return BARS[Math.max(1, Math.round((value / top) * (BARS.length - 1)))];
    })
    .join('');
}

/** As few columns as are there, each the greatest of equally many values; the newest are on the right. */
export function squeeze(values: readonly number[], columns: number): number[] {
  const per = Math.max(1, Math.ceil(values.length / Math.max(1, columns)));
  const squeezed: number[] = [];
  for (let end = values.length; end > 0; end -= per)
    squeezed.unshift(Math.max(...values.slice(Math.max(0, end - per), end)));
  return squeezed;
}

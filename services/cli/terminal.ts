/** What a person sees while something goes on: on stderr, so that stdout bears results only. */

/** A line of progress or of explanation. */
export function say(line = ''): void {
  process.stderr.write(`${line}\n`);
}

/** A result: what a program may want to read. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Quick steps say one line when they are done; longer ones say at once that they began, then how they are getting on. */
const FIRST_WORD_MS = 1_000;
const NEXT_WORD_MS = 10_000;

/**
 * Runs `work` and says what is going on, for how long, and what came of it.
 * @param work is handed a function that takes the latest line of whatever is running
 */
export async function step<T>(
  title: string,
  work: (latest: (line: string) => void) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const elapsed = () =>
    `${((performance.now() - began) / 1000).toFixed(performance.now() - began < 9_950 ? 1 : 0)} s`;
  let latest = '';
  const first = setTimeout(() => say(`  ${title} …`), FIRST_WORD_MS);
  const next = setInterval(() => say(`    ${elapsed()}${latest && `: ${latest}`}`), NEXT_WORD_MS);
  try {
    const result = await work((line) => {
      latest = shorten(line);
    });
    say(`✓ ${title} (${elapsed()})`);
    return result;
  } catch (error) {
    say(`✗ ${title} (${elapsed()})`);
    throw error;
  } finally {
    clearTimeout(first);
    clearInterval(next);
  }
}

/** A line without colours and cursor movements. */
export function plain(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  return line.replaceAll(/\x1b\[[0-9;]*[A-Za-z]|\r/g, '').trim();
}

/** As much of it as one line of a terminal shows. */
export function shorten(line: string): string {
  const text = plain(line);
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

/** Columns as wide as their widest cell. The last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

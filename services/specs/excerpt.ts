/** The lines around a problem, as they were written. Pure. */
import type { Excerpt, Problem, SpecFiles } from './types.ts';

/** Before and after the line that is meant. */
const AROUND = 2;
/** Characters of a line; a file may be a single one. */
const WIDTH = 160;

export function withExcerpts(problems: readonly Problem[], files: SpecFiles): Problem[] {
  const lines = new Map<string, string[]>();
  return problems.map((problem) => {
    const text = files.get(problem.file);
    if (text === undefined || problem.line === 0) return problem;
    const all = lines.get(problem.file) ?? text.split(/\r\n|[\r\n]/);
    lines.set(problem.file, all);
    return { ...problem, excerpt: excerptOf(all, problem) };
  });
}

function excerptOf(all: readonly string[], { line, column }: Problem): Excerpt {
  const from = Math.max(1, line - AROUND);
  // Where the line that is meant is cut, the others are, too, so that they stay below one another.
  const begin = column > WIDTH - 20 ? column - 60 : 0;
  const lines = all.slice(from - 1, line + AROUND).map((one) => one.slice(begin, begin + WIDTH));
  return { from, lines, column: column - begin, cut: begin > 0 };
}

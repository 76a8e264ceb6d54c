import type { Problem } from './types.ts';

/** Nothing can be shown of this description, for one reason. */
export class FatalProblem extends Error {
  readonly problem: Problem;

  constructor(sentence: string, file = '', at: { line: number; column: number } = { line: 0, column: 0 }) {
    super(sentence);
    this.name = 'FatalProblem';
    this.problem = { severity: 'fatal', file, line: at.line, column: at.column, sentence };
  }
}

/** What the engine says of a stack that is full says nothing to who wrote the description. */
export const tooDeep = (file: string): FatalProblem =>
  new FatalProblem(
    'Its parts are nested too deeply, or name one another in too long a chain. Name some of them apart.',
    file,
  );

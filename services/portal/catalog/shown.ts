/** What the catalog's views print: everything prepared, so that they only escape and loop. Pure. */
import { FORMATS, type Problem } from '../../specs/types.ts';
import { count } from '../views/words.ts';
import type { Api, ApiVersion } from './types.ts';

export function versionShown(version: ApiVersion) {
  const { name, format, operations, errors, warnings, changelog, sourceName, createdBy, updatedAt } = version;
  return {
    name,
    format: FORMATS[format],
    operations: count(operations, 'operation'),
    errors,
    warnings,
    verdict:
      errors + warnings === 0
        ? 'nothing is wrong'
        : [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : '']
            .filter(Boolean)
            .join(', '),
    changelog,
    sourceName,
    createdBy,
    updatedAt: updatedAt.toISOString(),
  };
}

/** With the lines beside it; what is between backticks in a sentence is code. */
export function problemsShown(problems: readonly Problem[]) {
  return problems.map(({ severity, file, line, column, sentence, rule, excerpt }) => ({
    severity,
    place: line > 0 ? `${file}, line ${line}` : file,
    sentence: sentence.split('`').map((text, n) => ({ text, isCode: n % 2 === 1 })),
    rule: rule ?? '',
    lines: (excerpt?.lines ?? []).map((text, n) => {
      const number = (excerpt?.from ?? 0) + n;
      const isThis = number === line;
      const at = isThis ? Math.max(0, (excerpt?.column ?? column) - 1) : text.length;
      return { number, isThis, before: text.slice(0, at), after: text.slice(at), cut: excerpt?.cut === true };
    }),
  }));
}

/** The form of what is said of an API, as a person fills it in: every value a text. */
export interface TypedFacts {
  title: string;
  summary: string;
  owner: string;
  tags: string;
  lifecycle: string;
  sunset: string;
}

export const typedFrom = ({ title, summary, owner, tags, lifecycle, sunset }: Api): TypedFacts => ({
  title,
  summary,
  owner,
  tags: tags.join(', '),
  lifecycle,
  sunset: sunset ?? '',
});

export function typedIn(form: Record<string, string>): TypedFacts {
  const { title = '', summary = '', owner = '', tags = '', lifecycle = '', sunset = '' } = form;
  return { title, summary, owner, tags, lifecycle, sunset };
}

/** As the service takes them; it judges them. */
export function factsTyped({ tags, sunset, ...rest }: TypedFacts): Record<string, unknown> {
  const words = tags.split(',').map((tag) => tag.trim());
  return { ...rest, tags: words.filter((tag) => tag !== ''), sunset: sunset === '' ? null : sunset };
}

/** By the field of the form: the third tag is wrong in the field of all tags. */
export const byField = (fields: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([path, sentence]) => [path.split('.')[0]!, sentence]));

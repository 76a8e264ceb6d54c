/** Whether a migration only expands: what the last release's code, which still runs during a rollout and after a rollback, does not feel. Pure. */

/** What of the code may rely on a thing that is taken away: nothing since this release. Stands in the migration itself. */
export interface Contraction {
  /** The first release whose code does without. */
  since: string;
  /** In words, for who reads the migration. */
  what: string;
}

/** A name is for the one statement that follows it. */
const EXEMPT = '@contract ';
const NAMED = /^--\s*contract since (\d+\.\d+\.\d+): (\S.*)$/gm;

/** `-- contract since 0.2.0: sessions.user_agent is read and written by nobody` */
export function namedContractions(sql: string): Contraction[] {
  return [...sql.matchAll(NAMED)].map(([, since = '', what = '']) => ({ since, what }));
}

/**
 * @param release the last release, whose code must run on the result
 * @returns a sentence for each statement that may break it; none when the migration may be rolled out
 */
export function breaches(sql: string, release: string): string[] {
  const contractions = namedContractions(sql);
  const early = contractions.filter(({ since }) => compareReleases(since, release) > 0);
  if (early.length > 0)
    return early.map(
      ({ since, what }) =>
        `The last release is ${release}, and its code may still need it: "${what}" waits until ${since} is the last release.`,
    );
  return statements(sql.replaceAll(NAMED, EXEMPT)).flatMap((statement) => {
    if (statement.startsWith(EXEMPT)) return [];
    const reason = whyNotExpanding(statement);
    return reason === undefined ? [] : [`${reason}: ${statement.slice(0, 80)}`];
  });
}

/** Without comments; the migrations have no semicolon inside a string. */
export function statements(sql: string): string[] {
  return sql
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/(--|#).*$/gm, ' ')
    .split(';')
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim())
    .filter((statement) => statement !== '');
}

function whyNotExpanding(statement: string): string | undefined {
  if (/^CREATE TABLE /i.test(statement)) return undefined;
  if (/^INSERT IGNORE /i.test(statement)) return undefined;
  if (/^CREATE INDEX /i.test(statement)) return undefined;
  if (/^CREATE UNIQUE INDEX /i.test(statement)) return 'it refuses rows that the last release may write';
  const alteration = /^ALTER TABLE (?:IF EXISTS )?\S+ (.*)$/i.exec(statement)?.[1];
  if (alteration === undefined)
    return 'only CREATE TABLE, ALTER TABLE … ADD, CREATE INDEX and INSERT IGNORE are known to expand';
  return clauses(alteration).map(whyClauseBreaks).find(Boolean);
}

/** `ADD a INT NULL, ADD KEY k (a, b)`: the commas within brackets part nothing. */
function clauses(alteration: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let clause = '';
  for (const char of alteration) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) {
      found.push(clause.trim());
      clause = '';
    } else clause += char;
  }
  return [...found, clause.trim()];
}

function whyClauseBreaks(clause: string): string | undefined {
  if (/^ADD (INDEX|KEY|FULLTEXT)\b/i.test(clause)) return undefined;
  if (/^ADD (CONSTRAINT|UNIQUE|PRIMARY|FOREIGN|CHECK)\b/i.test(clause))
    return 'it refuses rows that the last release may write';
  if (!/^ADD\b/i.test(clause))
    return 'it takes away, renames or changes what the last release may read or write';
  // The last release's INSERT does not name the column.
  const [, list, definition = ''] =
    /^ADD (?:COLUMN )?(?:IF NOT EXISTS )?(?:(\()|(?:`[^`]+`|\S+) (.*)$)/i.exec(clause) ?? [];
  if (list) return 'columns are to be added one by one, so that each can be looked at';
  const filledIn = /\b(DEFAULT|AUTO_INCREMENT|GENERATED)\b|\bAS \(/i;
  if (/\bNOT NULL\b/i.test(definition) && !filledIn.test(definition))
    return 'the last release writes rows without this column, which has neither NULL nor a DEFAULT';
  if (/\bUNIQUE\b|\bPRIMARY KEY\b|\bCHECK\s*\(|\bREFERENCES\b/i.test(clause))
    return 'it refuses rows that the last release may write';
  return undefined;
}

export function compareReleases(a: string, b: string): number {
  const [one, other] = [a, b].map((release) => release.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (one?.[i] ?? 0) - (other?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

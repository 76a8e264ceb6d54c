/** What changes from one generation to another, or to the drafts. Pure. */
import type { Manifest, PublishedApi, PublishedVersion } from './manifest.ts';

export interface Change {
  kind: 'added' | 'removed' | 'changed';
  api: string;
  /** Undefined: the API as a whole. */
  version?: string;
  /** What of it, in words: `title: Pets → Animals`. */
  details: string[];
}

type Content = Pick<Manifest, 'apis'>;

/** By API's name and version, in order. */
export function difference(from: Content, to: Content): Change[] {
  return compare(from.apis, to.apis, ({ name }) => name).flatMap(([before, after]): Change[] => {
    if (before === undefined) return [{ kind: 'added', api: after!.name, details: summaryOf(after!) }];
    if (after === undefined) return [{ kind: 'removed', api: before.name, details: summaryOf(before) }];
    const details = factsThatDiffer(before, after);
    const whole: Change[] = details.length > 0 ? [{ kind: 'changed', api: after.name, details }] : [];
    return [...whole, ...versionsThatDiffer(before, after)];
  });
}

function versionsThatDiffer(before: PublishedApi, after: PublishedApi): Change[] {
  return compare(before.versions, after.versions, ({ name }) => name).flatMap(([old, fresh]): Change[] => {
    const api = after.name;
    if (old === undefined)
      return [{ kind: 'added', api, version: fresh!.name, details: [operations(fresh!)] }];
    if (fresh === undefined) return [{ kind: 'removed', api, version: old.name, details: [operations(old)] }];
    const details = [
      ...(old.source.sha256 === fresh.source.sha256 ? [] : ['another description']),
      ...(old.operations === fresh.operations ? [] : [`${old.operations} → ${operations(fresh)}`]),
      ...(old.changelog === fresh.changelog ? [] : ['another changelog']),
    ];
    return details.length === 0 ? [] : [{ kind: 'changed', api, version: fresh.name, details }];
  });
}

const FACTS = ['title', 'summary', 'owner', 'lifecycle', 'sunset'] as const;

function factsThatDiffer(before: PublishedApi, after: PublishedApi): string[] {
  const changed = FACTS.filter((fact) => before[fact] !== after[fact]).map(
    (fact) => `${fact}: ${before[fact] || 'none'} → ${after[fact] || 'none'}`,
  );
  const [old, fresh] = [before.tags.join(', '), after.tags.join(', ')];
  return old === fresh ? changed : [...changed, `tags: ${old || 'none'} → ${fresh || 'none'}`];
}

const summaryOf = ({ versions }: PublishedApi): string[] => [
  versions.length === 0
    ? 'without a version'
    : `version${versions.length === 1 ? '' : 's'} ${versions.map(({ name }) => name).join(', ')}`,
];

const operations = ({ operations: count }: PublishedVersion): string =>
  `${count} operation${count === 1 ? '' : 's'}`;

function compare<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (one: T) => string,
): [T | undefined, T | undefined][] {
  const [old, fresh] = [before, after].map((all) => new Map(all.map((one) => [keyOf(one), one])));
  const keys = [...new Set([...old!.keys(), ...fresh!.keys()])].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return keys.map((key) => [old!.get(key), fresh!.get(key)]);
}

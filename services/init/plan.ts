import {
  ADDED,
  LATER,
  SECRET_FILES,
  SECRETS,
  type SecretFile,
  type SecretName,
  type Volume,
} from './secrets.ts';

/**
 * What init found. The mark goes from absent to `making` to `born`: `making` is written before the first secret and
 * renamed to `born` after the last is on the disk. No other container starts before init has ended well, so what
 * was written under `making` has been used by nobody and may be made again.
 */
export interface Found {
  mark: 'none' | 'making' | 'born';
  /** Of the files that init makes, those that are there. */
  files: ReadonlySet<SecretFile>;
  /** Of the secrets that were added later, those that bear their own mark: they were made. */
  marked: ReadonlySet<SecretName>;
  /** The shared volume holds more than its id: someone's uploads. */
  volumeInUse: boolean;
}

export type InitPlan =
  | { action: 'make'; reason: string }
  | { action: 'keep'; reason: string }
  /**
   * Give a consumer that is newer than the cluster its copies of what the others have; make the secrets that are newer than
   * the cluster, and mark them.
   */
  | { action: 'add'; files: SecretFile[]; make: SecretName[]; mark: SecretName[]; reason: string }
  | { action: 'stop'; reason: string };

/** The pure decision: make everything, keep everything, add what is newer than the cluster, or stop. Never a new secret beside existing data. */
export function planInit(found: Found): InitPlan {
  const missing = SECRET_FILES.filter((file) => !found.files.has(file));

  if (found.mark === 'born') {
    const mark = ADDED.filter((name) => !found.marked.has(name));
    if (missing.length === 0 && mark.length === 0)
      return { action: 'keep', reason: 'The cluster has all of its secrets.' };
    // One that is there and not marked was made by a run that died before its mark: it stays.
    const make = mark.filter((name) => SECRETS[name].some((file) => !found.files.has(file)));
    const made: SecretFile[] = make.flatMap((name) => SECRETS[name]);
    const files = missing.filter((file) => !made.includes(file));
    if (files.every((file) => LATER.includes(volumeOf(file))))
      return {
        action: 'add',
        files,
        make,
        mark,
        reason: whyAdd(make, files),
      };
    return {
      action: 'stop',
      reason:
        `This cluster was made before, but ${list(files.map(describe))} ${files.length === 1 ? 'is' : 'are'} missing. ` +
        'A new one would not fit the existing data, so none was made. Put the missing volume back from a backup; ' +
        'or, to lose all data and begin anew, run: npm run purge -- --yes',
    };
  }
  if (found.volumeInUse) return stopBesideData('the shared volume already holds files');
  if (found.mark === 'making') {
    return {
      action: 'make',
      reason: 'An earlier start was interrupted before anything used its secrets: making them again.',
    };
  }
  const [existing] = found.files;
  if (existing !== undefined) return stopBesideData(`${describe(existing)} exists`);
  return { action: 'make', reason: 'A new cluster: making its secrets.' };
}

function whyAdd(make: readonly SecretName[], files: readonly SecretFile[]): string {
  if (make.length > 0) return `This cluster is older than its ${list([...make])}, which is made now.`;
  if (files.length > 0) return 'This cluster is older than one of its consumers, which gets its copies now.';
  return 'An earlier start was interrupted before it marked what it had made.';
}

function stopBesideData(what: string): InitPlan {
  return {
    action: 'stop',
    reason:
      `The mark that this cluster was made before is gone (volume init-state), yet ${what}. ` +
      'New secrets would not fit the existing data, so none was made. Put the volume init-state back from a backup; ' +
      'or, to lose all data and begin anew, run: npm run purge -- --yes',
  };
}

function volumeOf(file: SecretFile): Volume {
  return file.slice(0, file.indexOf('/')) as Volume;
}

/** Says a file as an operator sees it: by the volume's name in compose/cluster.yaml. */
function describe(file: SecretFile): string {
  const [volume, name] = file.split('/');
  return `${name} (volume ${volume === 'data' ? 'data' : `secrets-${volume}`})`;
}

function list(words: string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

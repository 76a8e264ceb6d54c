/** Images by their tags: `latest` is what shall run, `previous` what ran before it. */
import { PorticoError } from '../../platform/errors.ts';
import { type Container, run } from '../docker.ts';

/** What the sources make, while something else runs. */
export const CANDIDATE = 'candidate';
export const PREVIOUS = 'previous';

/** What a rollback is on its way to: there until it has arrived, so that one that was broken off is finished, not turned round. */
export const UNDOING = 'undoing';

export interface ImageChange {
  /** `portico-portal:latest` */
  name: string;
  from: string;
  /** `from`, when this image stays: its `previous` moves all the same, since a rollback leads to before the last rollout. */
  to: string;
  /** What `previous` stood for, if anything. */
  previous: string | undefined;
}

export const isReal = ({ from, to }: Pick<ImageChange, 'from' | 'to'>): boolean => from !== to;

export const tagged = (name: string, tag: string): string => `${name.replace(/:[^:/]+$/, '')}:${tag}`;

/** The images of the cluster's containers, each once. */
export function namesOf(containers: readonly Container[]): string[] {
  return [...new Set(containers.map(({ image }) => image))].filter((name) => !name.startsWith('sha256:'));
}

/** @returns of each image what its name stands for now, and what `tag` of it does, if that is there */
export async function changesTo(names: readonly string[], tag: string): Promise<ImageChange[]> {
  return Promise.all(
    names.map(async (name) => {
      const from = await knownId(name);
      const to = (await idOf(tagged(name, tag))) ?? from;
      return { name, from, to, previous: await idOf(tagged(name, PREVIOUS)) };
    }),
  );
}

export async function hasTag(names: readonly string[], tag: string): Promise<boolean> {
  const found = await Promise.all(names.map((name) => idOf(tagged(name, tag))));
  return found.some((id) => id !== undefined);
}

export async function untag(names: readonly string[], tag: string): Promise<void> {
  for (const name of names) await run(['rmi', tagged(name, tag)], { check: false });
}

/** @throws PorticoError 'not-found': the name was taken away, and what was made from it still runs */
export async function knownId(name: string): Promise<string> {
  const id = await idOf(name);
  if (id !== undefined) return id;
  throw new PorticoError(
    'not-found',
    `There is no image ${name} any more, though containers were made from it.`,
  );
}

/** As `docker` knows it. @returns undefined when there is no such image */
export async function idOf(name: string): Promise<string | undefined> {
  const { code, stdout } = await run(['image', 'inspect', '--format', '{{.Id}}', name], { check: false });
  return code === 0 ? stdout.trim() : undefined;
}

/**
 * From now on each name stands for the new image.
 * @param before what `previous` shall stand for, by the image's name; what is not named keeps its `previous`
 */
export async function switchTo(
  changes: readonly ImageChange[],
  before: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { name, to } of changes) {
    const previous = before.get(name);
    if (previous !== undefined) await run(['tag', previous, tagged(name, PREVIOUS)]);
    await run(['tag', to, name]);
  }
}

/** Undoes it: what is made from now on is made from the old images, and a rollback leads where it led before. */
export async function switchBack(changes: readonly ImageChange[]): Promise<void> {
  for (const { name, from, previous } of changes) {
    await run(['tag', from, name]);
    const kept = tagged(name, PREVIOUS);
    if (previous === undefined) await run(['rmi', kept], { check: false });
    else await run(['tag', previous, kept]);
  }
}

/** Images by their tags: `latest` is what shall run, `previous` what ran before it. */
import { PorticoError } from '../../platform/errors.ts';
import { type Container, run } from '../docker.ts';
import type { Engine } from './engine.ts';

/** What the sources make, while something else runs. */
export const CANDIDATE = 'candidate';
export const PREVIOUS = 'previous';

export interface ImageChange {
  /** `portico-portal:latest` */
  name: string;
  from: string;
  to: string;
  /** What `previous` stood for, if anything. */
  previous: string | undefined;
}

export const tagged = (name: string, tag: string): string => `${name.replace(/:[^:/]+$/, '')}:${tag}`;

/** The images of the cluster's containers, each once. */
export function namesOf(containers: readonly Container[]): string[] {
  return [...new Set(containers.map(({ image }) => image))].filter((name) => !name.startsWith('sha256:'));
}

/** @returns what each image's name stands for now, and what `tag` of it does; only where they differ */
export async function changesTo(
  engine: Engine,
  names: readonly string[],
  tag: string,
): Promise<ImageChange[]> {
  const changes: ImageChange[] = [];
  for (const name of names) {
    const [from, to] = [await engine.image(name), await imageIfThere(engine, tagged(name, tag))];
    if (to === undefined || from.Id === to) continue;
    const previous = await imageIfThere(engine, tagged(name, PREVIOUS));
    changes.push({ name, from: from.Id, to, previous });
  }
  return changes;
}

async function imageIfThere(engine: Engine, name: string): Promise<string | undefined> {
  try {
    return (await engine.image(name)).Id;
  } catch (error) {
    if (error instanceof PorticoError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** From now on each name stands for the new image, and `previous` for the old one. */
export async function switchTo(changes: readonly ImageChange[]): Promise<void> {
  for (const { name, from, to } of changes) {
    await run(['tag', from, tagged(name, PREVIOUS)]);
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

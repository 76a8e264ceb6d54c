/** What a rollout replaces, and in which order. Pure. */

export interface Part {
  id: string;
  /** `portal-2`, `db-1`, `lb` */
  name: string;
  service: string;
  /** Its image's name: `portico-portal:latest`. */
  image: string;
  /** The id of the image that it runs. */
  running: string;
  /** The id of the image that its image's name stands for now. */
  wanted: string;
  /** Of an agent or a database node: this one has the work. */
  leads?: boolean;
  /** Not well now, which a rollback is to mend. */
  ill?: boolean;
}

export const KINDS = ['portal', 'agent', 'db', 'lb'] as const;
export type Kind = (typeof KINDS)[number];

export const kindOf = (service: string): Kind | undefined =>
  KINDS.find((kind) => service === kind || service.startsWith(`${kind}-`));

/**
 * An image that none of these kinds runs stays what it is: were its name to stand for the new one, the next
 * `docker compose up` would make every database node anew at once.
 */
export function concerning<C extends { name: string; from: string; to: string }>(
  changes: readonly C[],
  containers: readonly { service: string; image: string }[],
  only: readonly Kind[],
): C[] {
  const run = containers.filter(({ service }) => {
    const kind = kindOf(service);
    return kind !== undefined && only.includes(kind);
  });
  return changes.map((change) =>
    run.some(({ image }) => image === change.name) ? change : { ...change, to: change.from },
  );
}

/** @param wanted the id that each image's name stands for now @returns the names of those that run another one */
export function behind(
  containers: readonly { name: string; image: string; imageId: string }[],
  wanted: ReadonlyMap<string, string>,
): string[] {
  return containers
    .filter(({ image, imageId }) => wanted.has(image) && wanted.get(image) !== imageId)
    .map(({ name }) => name);
}

/**
 * What `previous` is to stand for, by the image's name: what is left there. A rollout that was broken off has a way back
 * already, and it stays: it leads to what those parts run that the rollout did not reach.
 */
export function wayBack(
  parts: readonly Pick<Part, 'image' | 'running' | 'wanted'>[],
  changes: readonly { name: string; from: string }[],
): Map<string, string> {
  const left = parts.filter(({ running, wanted }) => running !== wanted);
  if (left.length > 0) return new Map(left.map(({ image, running }) => [image, running]));
  return new Map(changes.map(({ name, from }) => [name, from]));
}

/**
 * One at a time means that the others are well: a database node that is replaced while another is away costs the quorum.
 * @param others every part as it is, this one too
 * @param undoing then what is ill may be the new image itself, and only the quorum is waited for
 * @returns why the part may not be touched now
 */
export function whyWait(
  part: Pick<Part, 'id' | 'service'>,
  others: readonly { id: string; service: string; ok: boolean; reason: string }[],
  undoing: boolean,
): string | undefined {
  const kind = kindOf(part.service);
  if (undoing && kind !== 'db') return undefined;
  const isIll = others.some((one) => one.id === part.id && !one.ok);
  // Nothing is taken from the quorum by replacing a node that is not in it.
  if (undoing && isIll) return undefined;
  const ill = others.filter((one) => one.id !== part.id && kindOf(one.service) === kind && !one.ok);
  return ill.length === 0 ? undefined : ill.map(({ service, reason }) => `${service}: ${reason}`).join('; ');
}

/** What is ill comes first, and databases before all: without them no portal becomes ready. */
export function planRollback(parts: readonly Part[], only: readonly Kind[] = KINDS): Part[] {
  const plan = planRollout(parts, only);
  const ill = plan.filter((part) => part.ill);
  const isDatabase = (part: Part) => kindOf(part.service) === 'db';
  return [
    ...ill.filter(isDatabase),
    ...ill.filter((part) => !isDatabase(part)),
    ...plan.filter((part) => !part.ill),
  ];
}

/**
 * Portals first: a release that cannot serve is found out where the next one stands beside it. Then agents, the nodes of
 * the database, and the load balancers; of each kind the one that has the work last, so that it changes hands once.
 * @param only these kinds
 */
export function planRollout(parts: readonly Part[], only: readonly Kind[] = KINDS): Part[] {
  const rank = (part: Part) => KINDS.indexOf(kindOf(part.service) ?? 'lb');
  return parts
    .filter((part) => {
      const kind = kindOf(part.service);
      return kind !== undefined && only.includes(kind) && part.running !== part.wanted;
    })
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        Number(a.leads ?? false) - Number(b.leads ?? false) ||
        a.name.localeCompare(b.name, 'en', { numeric: true }),
    );
}

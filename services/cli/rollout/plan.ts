/** What a rollout replaces, and in which order. Pure. */

export interface Part {
  id: string;
  /** `portal-2`, `db-1`, `lb` */
  name: string;
  service: string;
  /** The id of the image that it runs. */
  running: string;
  /** The id of the image that its image's name stands for now. */
  wanted: string;
  /** Of an agent or a database node: this one has the work. */
  leads?: boolean;
}

export const KINDS = ['portal', 'agent', 'db', 'lb'] as const;
export type Kind = (typeof KINDS)[number];

export const kindOf = (service: string): Kind | undefined =>
  KINDS.find((kind) => service === kind || service.startsWith(`${kind}-`));

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

/** What every page of one version has beside its own content. Pure. */
import type { Entry } from '../../specs/model.ts';
import { FORMATS } from '../../specs/types.ts';
import type { LoadedVersion } from '../generations/generation.ts';
import type { PublishedApi } from '../generations/manifest.ts';

export interface ApiCard {
  name: string;
  title: string;
  href: string;
  summary: string;
  owner: string;
  tags: string[];
  lifecycle: string;
  sunset: string | null;
  version: string | undefined;
  format: string | undefined;
  operations: number;
}

export function cardOf(api: PublishedApi): ApiCard {
  const [latest] = api.versions;
  const { name, title, summary, owner, tags, lifecycle, sunset } = api;
  return {
    name,
    title,
    href: `/apis/${name}`,
    summary,
    owner,
    tags,
    lifecycle,
    sunset,
    version: latest?.name,
    format: latest && FORMATS[latest.format],
    operations: latest?.operations ?? 0,
  };
}

/** Where one version's pages are. */
export const baseOf = ({ api, version }: Pick<LoadedVersion, 'api' | 'version'>): string =>
  `/apis/${api.name}/${encodeURIComponent(version.name)}`;

/** What every page of one version has beside its own content. */
export interface Frame {
  api: ApiCard;
  /** Undefined: it goes on. */
  ending: { tone: 'warn' | 'bad'; sentence: string } | undefined;
  title: string;
  base: string;
  version: string;
  format: string;
  isLatest: boolean;
  latestHref: string;
  versions: { name: string; href: string; isThis: boolean }[];
  groups: { name: string; slug: string; entries: EntryLink[] }[];
  types: { name: string; href: string; isThis: boolean }[];
  typesWord: string;
}

interface EntryLink extends Entry {
  href: string;
  isThis: boolean;
}

/** What a reader must know before building on it. A day counts as over when it is over everywhere but far in the west. */
export function endingOf(
  { lifecycle, sunset }: Pick<PublishedApi, 'lifecycle' | 'sunset'>,
  now: Date,
): Frame['ending'] {
  const isOver = sunset !== null && sunset < now.toISOString().slice(0, 10);
  const when = sunset === null ? '' : `${isOver ? ' was to end' : ' ends'} on ${sunset}`;
  if (lifecycle === 'retired')
    return {
      tone: 'bad',
      sentence: `This API is retired${isOver ? ` since ${sunset}` : ''}: it answers no more.`,
    };
  if (lifecycle === 'deprecated')
    return {
      tone: isOver ? 'bad' : 'warn',
      sentence: `This API is deprecated${when && ` and${when}`}. Build nothing new on it.`,
    };
  return when === '' ? undefined : { tone: isOver ? 'bad' : 'warn', sentence: `This API${when}.` };
}

/** @param here the id of the entry, or the slug of the type, whose page this is */
export function frameOf(
  loaded: LoadedVersion,
  here?: { entry?: string; type?: string },
  now = new Date(),
): Frame {
  const { api, version, compiled } = loaded;
  const base = baseOf(loaded);
  const { overview } = compiled;
  return {
    api: cardOf(api),
    ending: endingOf(api, now),
    title: overview.title,
    base,
    version: version.name,
    format: FORMATS[version.format],
    isLatest: api.versions[0]?.name === version.name,
    latestHref: `/apis/${api.name}`,
    versions: api.versions.map(({ name }) => ({
      name,
      href: `/apis/${api.name}/${encodeURIComponent(name)}`,
      isThis: name === version.name,
    })),
    groups: overview.groups.map(({ name, slug, entries }) => ({
      name,
      slug,
      entries: entries.map((entry) => ({
        ...entry,
        href: `${base}/operations/${entry.id}`,
        isThis: entry.id === here?.entry,
      })),
    })),
    types: overview.types.map(({ name, slug }) => ({
      name,
      href: `${base}/schemas/${slug}`,
      isThis: slug === here?.type,
    })),
    typesWord: overview.format === 'graphql' ? 'Types' : 'Schemas',
  };
}

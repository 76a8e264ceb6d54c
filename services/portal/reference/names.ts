/** What a description calls by name, and where it is. */
import type { Compiled } from '../../specs/compiled.ts';
import type { Schema } from '../../specs/model.ts';
import { refName } from './schema-words.ts';

/** Rows of one named schema among others; its own page has all of them. */
export const MAX_OPENED = 150;
/** Rows of all named schemas on one page: an operation may have thirty answers. */
const MAX_OPENED_ON_PAGE = 600;

export interface Names {
  /** The page of a named schema; undefined when there is none. */
  hrefOf(name: string): string | undefined;
  /** Undefined: a named one is a link and nothing more. */
  opening?: Opening;
}

export interface Opening {
  schemaOf(name: string): Schema | undefined;
  /** How many may still be shown of named ones. Grows less. */
  rows: number;
}

/** The name in a `$ref` to a schema; undefined of one that points elsewhere, such as into a schema. */
export function nameOf(ref: string): string | undefined {
  return /^#\/components\/schemas\/[^/]+$/.test(ref) ? refName(ref) : undefined;
}

/** For one page, whose budget it keeps. @param base of the version's pages */
export function namesOf({ overview, type }: Compiled, base: string): Names {
  const slugs = new Map(overview.types.map(({ name, slug }) => [name, slug]));
  return {
    hrefOf(name) {
      const slug = slugs.get(name);
      return slug === undefined ? undefined : `${base}/schemas/${slug}`;
    },
    opening: {
      rows: MAX_OPENED_ON_PAGE,
      schemaOf(name) {
        const found = type(slugs.get(name) ?? '');
        return found?.kind === 'schema' ? found.schema : undefined;
      },
    },
  };
}

import { z } from 'zod';
import { PorticoError } from '../../platform/errors.ts';
import { isId } from '../../platform/storage/paths.ts';
import type { MediaQuery, MediaSort } from './types.ts';

/** Where a page ended: the sort that it belongs to, the last item's id, and what it was sorted by. */
export interface Cursor {
  sort: MediaSort;
  id: string;
  key?: string | number | undefined;
}

export interface ListQuery extends Omit<MediaQuery, 'cursor'> {
  after: Cursor | undefined;
}

const cursorShape = z.discriminatedUnion('sort', [
  z.object({ sort: z.enum(['newest', 'oldest']), id: z.string().refine(isId) }),
  z.object({ sort: z.literal('name'), id: z.string().refine(isId), key: z.string() }),
  z.object({ sort: z.literal('largest'), id: z.string().refine(isId), key: z.number() }),
]);

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @throws PorticoError 'invalid' */
export function parseQuery(query: MediaQuery): ListQuery {
  const { cursor, ...rest } = query;
  if (!Number.isInteger(rest.limit) || rest.limit < 1 || rest.limit > 100) {
    throw new PorticoError('invalid', 'A page has 1 to 100 items.', { fields: { limit: 'from 1 to 100' } });
  }
  return { ...rest, after: cursor === undefined ? undefined : decodeCursor(cursor, rest.sort) };
}

function decodeCursor(text: string, sort: MediaSort): Cursor {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (error) {
    throw badCursor(error);
  }
  const parsed = cursorShape.safeParse(json);
  if (!parsed.success || parsed.data.sort !== sort) throw badCursor(parsed.error);
  return parsed.data;
}

function badCursor(cause: unknown): PorticoError {
  return new PorticoError('invalid', 'The cursor is not one of this list in this order.', {
    cause,
    fields: { cursor: 'take it from the page before, with the same sort' },
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from './shelf-page.ts';
import type { MediaItem, MediaQuery } from './types.ts';

const item = (n: number, name: string, size: number): MediaItem => ({
  id: `01ARZ3NDEKTSV4RRFFQ69G5FA${n}`,
  name,
  size,
  mediaType: 'text/plain',
  sha256: 'a'.repeat(64),
  visibility: 'public',
  createdBy: 'ada',
  createdAt: new Date(0),
});
const items = [
  item(3, 'Bericht 100%.pdf', 5),
  item(1, 'äpfel.txt', 20),
  item(2, 'Apfelmus.txt', 5),
  item(4, 'bericht_alt.pdf', 1),
];

const table: [title: string, query: Omit<MediaQuery, 'limit'>, ids: number[]][] = [
  ['newest first', { sort: 'newest' }, [4, 3, 2, 1]],
  ['oldest first', { sort: 'oldest' }, [1, 2, 3, 4]],
  ['by name, without case and accents', { sort: 'name' }, [1, 2, 3, 4]],
  ['largest first, and of the same size the newest', { sort: 'largest' }, [1, 3, 2, 4]],
  [
    'what is searched is a part of the name, without case and accents',
    { sort: 'oldest', search: 'APFEL' },
    [1, 2],
  ],
  ['a percent sign is one', { sort: 'oldest', search: '%' }, [3]],
  ['an underscore is one', { sort: 'oldest', search: 't_a' }, [4]],
  ['nothing found', { sort: 'oldest', search: 'x.y' }, []],
];
for (const [title, query, ids] of table) {
  test(title, () => {
    const whole = pageOf(items, { ...query, limit: 100 });
    assert.deepEqual(
      whole.items.map(({ id }) => Number(id.at(-1))),
      ids,
    );
    assert.equal(whole.total, ids.length);
    assert.equal(whole.nextCursor, undefined);
  });

  test(`${title}, a page of one at a time`, () => {
    const seen: number[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = pageOf(items, { ...query, limit: 1, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map(({ id }) => Number(id.at(-1))));
      assert.equal(page.total, ids.length);
      cursor = page.nextCursor;
      more = cursor !== undefined;
    }
    assert.deepEqual(seen, ids);
  });
}

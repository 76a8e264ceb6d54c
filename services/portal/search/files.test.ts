import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MediaItem } from '../media/types.ts';
import { createFileIndex } from './files.ts';

const item = (n: number, name: string, more: Partial<MediaItem> = {}): MediaItem => ({
  id: `01ARZ3NDEKTSV4RRFFQ6${String(n).padStart(6, '0')}`,
  name,
  mediaType: 'application/pdf',
  size: 10,
  sha256: 'a'.repeat(64),
  visibility: 'public',
  createdBy: 'ada',
  createdAt: new Date(0),
  ...more,
});

const library = [
  item(1, 'Invoice guide.pdf'),
  item(2, 'customer-onboarding.png', { mediaType: 'image/png' }),
  item(3, 'customer onboarding, the secret part.pdf', { visibility: 'internal' }),
  item(4, 'invoiceExamples_2026.zip', { mediaType: 'application/zip' }),
  item(5, 'Invoice.pdf'),
];

function indexOf(items: readonly MediaItem[]) {
  const index = createFileIndex();
  for (const one of items) index.set(one.id, one);
  return index;
}
const namesIn = (index: ReturnType<typeof indexOf>, text: string) =>
  index.search({ text, limit: 20 }).hits.map(({ item: { name } }) => name);

describe('searching files', () => {
  const table: [what: string, text: string, first: string | undefined][] = [
    ['by a word of its name', 'guide', 'Invoice guide.pdf'],
    ['by the whole name first', 'invoice.pdf', 'Invoice.pdf'],
    ['by the beginning of a word', 'onb', 'customer-onboarding.png'],
    ['by a part in camel case', 'examples', 'invoiceExamples_2026.zip'],
    ['with a slip of the pen', 'custmer', 'customer-onboarding.png'],
    ['by what it is', 'png image', 'customer-onboarding.png'],
    ['nothing that is for signed-in people alone', 'secret', undefined],
    ['nothing for nothing', '', undefined],
    ['nothing for marks alone', '*"{', undefined],
  ];
  for (const [what, text, first] of table)
    it(`finds ${what}: ${text}`, () => assert.equal(namesIn(indexOf(library), text)[0], first));

  it('finds no file that is deleted, or that is not for everybody any more', () => {
    const index = indexOf(library);
    index.set(library[0]!.id, undefined);
    index.set(library[4]!.id, { ...library[4]!, visibility: 'internal' });
    assert.deepEqual(namesIn(index, 'invoice'), ['invoiceExamples_2026.zip']);
    index.set(library[0]!.id, library[0]);
    assert.ok(namesIn(index, 'invoice').includes('Invoice guide.pdf'));
  });

  it('gives the same answers whatever a portal has seen come and go, in whichever order', () => {
    const many = Array.from({ length: 300 }, (_, n) => item(10 + n, `invoice ${n % 7} part ${n % 5}.pdf`));
    const one = indexOf([...library, ...many]);
    const other = indexOf([
      ...many.toReversed(),
      item(900, 'invoice that goes.pdf'),
      ...library.toReversed(),
    ]);
    other.set(item(900, '').id, undefined);
    for (const text of ['invoice', 'invoice 3', 'part 4 invoice', 'invoise'])
      assert.deepEqual(namesIn(other, text), namesIn(one, text), text);
  });

  it('says whether every record was looked at', () => {
    const index = indexOf(library);
    assert.equal(index.search({ text: 'invoice', limit: 1 }).partial, true);
    index.whole();
    assert.equal(index.search({ text: 'invoice', limit: 1 }).partial, false);
  });

  it('leaves out the oldest when there are too many', () => {
    const index = createFileIndex(10, 5);
    for (let n = 1; n <= 16; n += 1) index.set(item(n, '').id, item(n, `photo ${n}.jpg`));
    const found = index.search({ text: 'photo', limit: 100 });
    assert.equal(found.total, 10);
    assert.deepEqual(
      [found.hits[0]?.item.name, found.hits.at(-1)?.item.name],
      ['photo 16.jpg', 'photo 7.jpg'],
    );
    index.set(item(3, '').id, item(3, 'photo 3.jpg'));
    assert.equal(index.search({ text: 'photo', limit: 100 }).total, 10);
  });
});

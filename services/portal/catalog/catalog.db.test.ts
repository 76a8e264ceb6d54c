import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ulid } from 'ulid';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import { PorticoError } from '../../platform/errors.ts';
import { createMemoryBlobStore } from '../../platform/storage/memory-blob-store.ts';
import { decode } from '../../specs/compiled.ts';
import { createSpecReader } from '../../specs/reader.ts';
import { fixture } from '../../specs/test-specs.ts';
import { draftBlobs, leftBlobs } from './repository.ts';
import { createCatalog } from './service.ts';
import type { Catalog, Submission } from './types.ts';

const coded = (code: string, sentence?: RegExp) => (error: unknown) =>
  error instanceof PorticoError && error.code === code && (sentence?.test(error.message) ?? true);

describe('the catalog, on a real database', () => {
  let database: Router;
  let catalog: Catalog;
  const blobs = createMemoryBlobStore();
  /** Of this run alone: others may use the same database. */
  const run = ulid().toLowerCase();
  const by = `test-${run}`;
  let n = 0;
  const name = () => `api-${run}-${++n}`;

  before(async () => {
    database = (await TestNodes.get()).router();
    await allSynced(database);
    catalog = createCatalog({ database, blobs, specs: createSpecReader(), maxBytes: 1_000_000 });
  });
  after(async () => {
    await database.write(async (tx) => {
      await tx.execute('DELETE FROM api_versions WHERE created_by = ?', [by]);
      await tx.execute('DELETE FROM apis WHERE created_by = ?', [by]);
      await tx.execute('DELETE FROM idempotency_keys WHERE principal = ?', [by]);
    });
    await database.close();
  });

  const key = () => ({ principal: by, key: ulid() });
  const submission = (more: Partial<Submission> = {}): Submission => ({
    api: name(),
    given: { name: 'tictactoe.yaml', bytes: fixture('tictactoe.yaml') },
    by,
    ...more,
  });

  it('makes an API with what is said of it, changes it, and takes it away', async () => {
    const id = name();
    const facts = {
      title: 'Pets',
      tags: ['a', 'b', 'a'],
      lifecycle: 'deprecated' as const,
      sunset: '2027-01-31',
    };
    const { api } = await catalog.create(id, facts, { by });
    assert.deepEqual(
      [api.name, api.title, api.tags, api.lifecycle, api.sunset, api.revision, api.owner],
      [id, 'Pets', ['a', 'b'], 'deprecated', '2027-01-31', 1, ''],
    );
    const { api: changed } = await catalog.update(
      id,
      { owner: 'Team Zoo', sunset: null },
      { by, revision: 1 },
    );
    assert.deepEqual(
      [changed.owner, changed.title, changed.sunset, changed.revision],
      ['Team Zoo', 'Pets', null, 2],
    );
    assert.deepEqual(await catalog.get(id), { ...changed, versions: [] });
    await catalog.remove(id, { by });
    await assert.rejects(catalog.get(id), coded('not-found'));
  });

  it('does not let one editor undo another’s change unseen', async () => {
    const id = name();
    await catalog.create(id, {}, { by });
    await catalog.update(id, { title: 'First' }, { by, revision: 1 });
    await assert.rejects(
      catalog.update(id, { title: 'Second' }, { by, revision: 1 }),
      coded('conflict', /changed meanwhile/),
    );
    await catalog.update(id, { title: 'Third' }, { by });
    assert.equal((await catalog.get(id)).title, 'Third');
  });

  const wrong: [what: string, name: string, facts: object, field: RegExp][] = [
    ['a name with capitals', 'Pets', {}, /name/],
    ['a name that ends with a hyphen', 'pets-', {}, /name/],
    ['a lifecycle that there is not', 'pets', { lifecycle: 'gone' }, /lifecycle/],
    ['a day that there is not', 'pets', { sunset: '2027-02-30' }, /sunset/],
    ['a tag that is no word', 'pets', { tags: [' '] }, /tags/],
  ];
  for (const [what, bad, facts, field] of wrong)
    it(`refuses ${what}`, () => assert.rejects(catalog.create(bad, facts, { by }), coded('invalid', field)));

  it('keeps a description as a version: its bytes, all of it in one document, and what is shown', async () => {
    const asked = submission({ changelog: 'The **first**.' });
    const { api, version, isNew } = await catalog.submit(asked);
    assert.deepEqual(
      [api.name, api.title, api.lifecycle, isNew, version.name, version.format, version.operations],
      [asked.api, 'Tic Tac Toe', 'active', true, '1.0.0', 'openapi-3.1', 4],
    );
    const bytes = await bytesOf(version.sourceSha256);
    assert.ok(bytes.equals(fixture('tictactoe.yaml')));
    assert.equal(JSON.parse(`${await bytesOf(version.documentSha256)}`).openapi, '3.1.0');
    assert.equal(decode(await bytesOf(version.compiledSha256)).entryIds.length, 4);
    const [stored] = (await catalog.get(asked.api!)).versions;
    assert.deepEqual(stored, version);
  });
  const bytesOf = async (sha256: string) => Buffer.concat(await blobs.open(sha256).toArray());

  it('takes the API’s name from its title when none is given', async () => {
    const text = fixture('tictactoe.yaml')
      .toString()
      .replace('title: Tic Tac Toe', `title: "Tïc Täc ${run}"`);
    const given = { name: 'a.yaml', bytes: Buffer.from(text) };
    const { api: _, ...asked } = submission({ given });
    assert.equal((await catalog.submit(asked)).api.name, `tic-tac-${run}`);
  });

  it('puts a version in the place of another only when asked to, and under its id', async () => {
    const asked = submission();
    const { version: first } = await catalog.submit(asked);
    await assert.rejects(catalog.submit(asked), coded('conflict', /version 1\.0\.0 already/));
    const { version: second } = await catalog.submit({ ...asked, replace: true, changelog: 'Again' });
    assert.deepEqual([second.id, second.revision, second.changelog], [first.id, 2, 'Again']);
    const { version: third } = await catalog.submit({ ...asked, version: '1.1.0' });
    const { versions } = await catalog.get(asked.api!);
    assert.deepEqual(
      versions.map(({ name: one }) => one),
      ['1.1.0', '1.0.0'],
    );
    await catalog.removeVersion(asked.api!, third.name, { by });
    await assert.rejects(catalog.removeVersion(asked.api!, third.name, { by }), coded('not-found'));
    await assert.rejects(catalog.version(asked.api!, third.name), coded('not-found'));
    assert.deepEqual(await catalog.version(asked.api!, '1.0.0'), { ...second, createdAt: first.createdAt });
  });

  it('tells the collector which blobs drafts have left: replaced, removed, refused', async () => {
    const variant = (word: string) => ({
      name: 'tictactoe.yaml',
      bytes: Buffer.from(`# ${run} ${word}\n${fixture('tictactoe.yaml')}`),
    });
    const hash = (word: string) => createHash('sha256').update(variant(word).bytes).digest('hex');
    const asked = submission({ given: variant('first') });
    await catalog.submit(asked);
    await assert.rejects(catalog.submit({ ...asked, given: variant('refused') }), coded('conflict'));
    await catalog.submit({ ...asked, given: variant('second'), replace: true });
    await catalog.submit({ ...asked, given: variant('third'), version: '1.1.0' });
    const states = async () => {
      const [left, named] = await database.read(
        async (reader) => [await leftBlobs(reader), await draftBlobs(reader)] as const,
      );
      return ['first', 'refused', 'second', 'third'].map((word) =>
        named.includes(hash(word)) ? 'named' : left.includes(hash(word)) ? 'left' : 'unexplained',
      );
    };
    assert.deepEqual(await states(), ['left', 'left', 'named', 'named']);
    await catalog.removeVersion(asked.api!, '1.1.0', { by });
    assert.deepEqual(await states(), ['left', 'left', 'named', 'left']);
    await catalog.remove(asked.api!, { by });
    assert.deepEqual(await states(), ['left', 'left', 'left', 'left']);
  });

  it('refuses what nothing can be shown of, with its problems, and keeps nothing', async () => {
    const asked = submission({ given: { name: 'a.yaml', bytes: Buffer.from('openapi: 3.1.0\ninfo: [') } });
    await assert.rejects(catalog.submit(asked), (error: PorticoError) => {
      assert.equal(error.code, 'spec-invalid');
      assert.match(error.message, /neither YAML nor JSON.*\(a\.yaml, line \d\)/);
      assert.equal(error.problems?.length, 1);
      return true;
    });
    await assert.rejects(catalog.get(asked.api!), coded('not-found'));
    const large = { name: 'a.yaml', bytes: Buffer.alloc(1_000_001, 'a') };
    await assert.rejects(catalog.submit(submission({ given: large })), coded('too-large'));
  });

  it('does each thing once for each key, also when two ask at once', async () => {
    const asked = submission({ idempotency: key() });
    const both = await Promise.all([catalog.submit(asked), catalog.submit(asked)]);
    assert.deepEqual(both.map(({ replayed }) => replayed).sort(), [false, true]);
    assert.deepEqual(both[0]?.version, both[1]?.version);
    assert.equal((await catalog.get(asked.api!)).versions.length, 1);
    await assert.rejects(catalog.submit({ ...asked, version: '2' }), coded('idempotency-mismatch'));
    const again = { by, idempotency: key() };
    assert.equal((await catalog.remove(asked.api!, again)).replayed, false);
    assert.equal((await catalog.remove(asked.api!, again)).replayed, true);
  });

  it('lists by name, a page at a time, by words, lifecycle and tag', async () => {
    const names = [name(), name(), name()];
    for (const [i, one] of names.entries())
      await catalog.create(
        one,
        { title: `List 100%_${i}`, lifecycle: i === 1 ? 'active' : 'draft', tags: [`t${i}`] },
        { by },
      );
    const first = await catalog.list({ search: run, limit: 2 });
    assert.equal(first.items.length, 2);
    assert.ok(first.total >= 3);
    const { items } = await catalog.list({ search: run, limit: 100, cursor: first.nextCursor! });
    assert.ok(items.every((one) => one.name > first.items[1]!.name));
    const found = async (query: object) => {
      const page = await catalog.list({ limit: 100, ...query });
      return page.items.map((one) => one.name).filter((one) => names.includes(one));
    };
    assert.deepEqual(await found({ search: '100%_1' }), [names[1]]);
    assert.deepEqual(await found({ search: '100_' }), []);
    assert.deepEqual(await found({ lifecycle: 'active' }), [names[1]]);
    assert.deepEqual(await found({ tag: 't2' }), [names[2]]);
  });
});

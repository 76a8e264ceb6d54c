import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { testVolume } from '../../platform/storage/test-volume.ts';
import { fixture } from '../../specs/test-specs.ts';
import { type Generation, loadGeneration } from '../generations/generation.ts';
import { manifestOf, publishedApi } from '../generations/test-generation.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';

let portal: TestPortal;
let generation: Generation;
const volume = await testVolume();

const operations = Array.from({ length: 45 }, (_, n) => `  /gadgets/${n}: { get: { responses: {} } }\n`);
const many = `openapi: 3.0.3\ninfo: { title: Many, version: '1' }\npaths:\n${operations.join('')}`;

before(async () => {
  portal = await testPortal();
  const given = (name: string) => ({ name, bytes: fixture(name) });
  const apis = [
    await publishedApi(volume, 'game', given('tictactoe.yaml')),
    await publishedApi(volume, 'patents', given('uspto.yaml'), { lifecycle: 'deprecated' }),
    await publishedApi(volume, 'many', { name: 'many.yaml', bytes: Buffer.from(many) }),
    await publishedApi(volume, 'lights', given('streetlights-kafka-asyncapi.yml')),
  ];
  generation = await loadGeneration(manifestOf(7, ...apis), {
    pathOf: (sha256) => volume.paths.blob(sha256),
  });
  portal.publish(generation);
});
after(async () => {
  generation.close();
  await portal.close();
});

async function file(name: string, visibility: 'public' | 'internal' = 'public') {
  const content = Readable.from([Buffer.from(name)]);
  const { item } = await portal.media.upload({ content, name, visibility, createdBy: 'test' });
  return item;
}
async function html(path: string): Promise<string> {
  const answer = await fetch(portal.url + path);
  assert.equal(answer.status, 200, path);
  return answer.text();
}
/** Titles of results, in order. */
const titles = (page: string) =>
  [...page.matchAll(/class="hit-title"><a href="[^"]*">(.*?)<\/a>/gs)].map(([, title]) =>
    title!.replaceAll(/<\/?mark>/g, '').trim(),
  );
/** What a link of the page leads to, by what it says. */
function linkOf(page: string, words: RegExp): string {
  const links = [...page.matchAll(/<a [^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/gs)];
  const found = links.find(([, , inside]) => words.test(inside!.replaceAll(/(?:<[^>]*>|\s)+/g, ' ').trim()));
  assert.ok(found, `no link says ${words}`);
  return found[1]!.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
}

test('results are the same for everybody, asked for anew each time, and have what matched marked', async () => {
  const answer = await fetch(`${portal.url}/search?q=board`);
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  assert.equal(answer.headers.get('set-cookie'), null);
  const page = await answer.text();
  assert.ok(titles(page).includes('Get the whole board'), titles(page).join(', '));
  assert.match(page, /Get the whole <mark>board<\/mark>/);
  assert.match(page, /<meta name="portico-generation" content="7">/);
  // A long text is cut between two words.
  assert.match(await html('/search?q=uspto'), /With the help of GET call, it returns…<\/p>/);
});

test('filters are links: they add up, say how many are left, and are taken away again', async () => {
  const all = await html('/search?q=se');
  const deprecated = await html(linkOf(all, /^deprecated \d+$/));
  assert.match(deprecated, /aria-current="true"><span>deprecated<\/span>/);
  const schemas = await html(linkOf(deprecated, /^Schemas \d+$/));
  assert.ok(titles(schemas).length > 0);
  assert.ok(titles(schemas).length < titles(all).length);
  assert.match(linkOf(schemas, /^deprecated : take this filter away$/), /^\/search\?q=se&kind=schema$/);
  // What was chosen stays when other words are looked for.
  assert.match(schemas, /<input type="hidden" name="lifecycle" value="deprecated">/);
  const events = await html('/search?q=light&language=asyncapi');
  assert.ok(titles(events).length > 0);
  assert.deepEqual(titles(await html('/search?q=board&language=asyncapi')), []);
});

test('whoever finds nothing is told what to do', async () => {
  const narrowed = await html('/search?q=board&api=patents');
  assert.match(narrowed, /Nothing is found for “board” here/);
  assert.ok(titles(await html(linkOf(narrowed, /results? in everything/))).length > 0);
  const misspelt = await html('/search?q=zzstreetlighzz');
  const wanted = linkOf(misspelt, /^streetlight/);
  assert.ok(titles(await html(wanted)).length > 0);
  assert.match(await html('/search?q=zebra'), /Try fewer or other words/);
});

test('what is asked wrongly is refused, and what is empty is not asked', async () => {
  for (const query of ['kind=king', 'lifecycle=gone', 'page=0', `q=${'x'.repeat(201)}`])
    assert.equal((await fetch(`${portal.url}/search?${query}`)).status, 400, query);
  assert.match(await html('/search?q=board&kind=&api='), /Get the whole/);
  assert.equal((await fetch(`${portal.url}/g/7/search.json?q=a&kind=file`)).status, 400);
  assert.equal((await fetch(`${portal.url}/g/x/search.json?q=a`)).status, 404);
});

test('words are text, whatever is in them', async () => {
  const page = await html(`/search?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
  assert.doesNotMatch(page, /<script>alert/);
});

test('a public file is found at once, by everybody, and no longer when it is deleted', async () => {
  const item = await file('board of directors.txt');
  const page = await html('/search?q=board');
  assert.ok(titles(page).includes(item.name));
  assert.match(page, new RegExp(`href="/media/${item.id}/board%20of%20directors.txt"`));
  assert.deepEqual(titles(await html('/search?q=board&kind=file')), [item.name]);
  // Who narrows by an API does not look for a file.
  assert.ok(!titles(await html('/search?q=board&api=game')).includes(item.name));
  await portal.media.remove(item.id);
  for (const path of ['/search?q=board', '/search?q=board&kind=file', '/search/files.json?q=board'])
    assert.ok(!(await html(path)).includes('directors'), path);
});

test('a file for signed-in people is never found, by whatever its name or kind says', async () => {
  const item = await file('zanzibar plans.txt', 'internal');
  for (const path of ['/search?q=', '/search?kind=file&q=', '/search/files.json?q=', '/g/7/suggest.json?q='])
    for (const words of ['zanzibar', 'plans', 'zanzibar plans.txt', 'text', item.id, 'internal']) {
      const text = await html(path + encodeURIComponent(words));
      // The page says again what was asked.
      assert.ok(!text.includes(`/media/${item.id}`) && !titles(text).includes(item.name), `${path} ${words}`);
    }
});

test('a generation’s answers are kept, and say nothing of files; those of files are kept by nobody', async () => {
  const item = await file('board minutes.txt');
  for (const path of ['/g/7/search.json?q=board', '/g/7/suggest.json?q=board']) {
    const answer = await fetch(portal.url + path);
    assert.match(answer.headers.get('cache-control')!, /^public, max-age=3600/);
    const text = await answer.text();
    assert.ok(text.includes('/apis/game/1.0.0/operations/get-board'), path);
    assert.ok(!text.includes(item.id), path);
  }
  const answer = await fetch(`${portal.url}/search/files.json?q=board`);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const { hits } = (await answer.json()) as { hits: { href: string; title: object[] }[] };
  assert.deepEqual(hits[0]?.title, [
    { text: 'board', marked: true },
    { text: ' minutes.txt', marked: false },
  ]);
  await portal.media.remove(item.id);
});

test('everything is found while the database is away', async () => {
  const item = await file('board photo.txt');
  portal.setAway(true);
  const page = await html('/search?q=board');
  portal.setAway(false);
  assert.match(page, /The database is away/);
  assert.ok(titles(page).includes('Get the whole board') && titles(page).includes(item.name));
  await portal.media.remove(item.id);
});

test('many results come in pages', async () => {
  const pages = [await html('/search?q=gadgets')];
  while (/>More results</.test(pages.at(-1)!))
    pages.push(await html(linkOf(pages.at(-1)!, /^More results$/)));
  assert.deepEqual(
    pages.map((page) => titles(page).length),
    [20, 20, 5],
  );
  assert.equal(new Set(pages.flatMap(titles)).size, 45);
  assert.match(linkOf(pages[2]!, /^Earlier results$/), /page=2/);
});

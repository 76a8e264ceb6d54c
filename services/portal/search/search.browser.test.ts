/** Search as somebody with a keyboard, a phone or no scripts meets it. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { testVolume } from '../../platform/storage/test-volume.ts';
import { fixture } from '../../specs/test-specs.ts';
import { type Generation, loadGeneration } from '../generations/generation.ts';
import { manifestOf, publishedApi } from '../generations/test-generation.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';
import { barriers, launch, overflow, visit } from '../testing/browser.ts';

let portal: TestPortal;
let browser: Browser;
let generation: Generation;
const volume = await testVolume();

before(async () => {
  portal = await testPortal();
  const given = (name: string) => ({ name, bytes: fixture(name) });
  const apis = [
    await publishedApi(volume, 'game', given('tictactoe.yaml')),
    await publishedApi(volume, 'patents', given('uspto.yaml'), { lifecycle: 'deprecated' }),
    await publishedApi(volume, 'lights', given('streetlights-kafka-asyncapi.yml')),
  ];
  generation = await loadGeneration(manifestOf(7, ...apis), {
    pathOf: (sha256) => volume.paths.blob(sha256),
  });
  portal.publish(generation);
  for (const name of ['board photo.txt', 'streetlights, a guide that has a name which is long.txt'])
    await portal.media.upload({
      content: Readable.from([Buffer.from(name)]),
      name,
      visibility: 'public',
      createdBy: 'test',
    });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  generation?.close();
  await portal?.close();
});

const visitor = (options: BrowserContextOptions = {}) => visit(browser, { baseUrl: portal.url }, options);
const field = (page: Page) => page.locator('#find');
const options = (page: Page) => page.getByRole('option');
const isFocused = (page: Page) => field(page).evaluate((one) => one.matches(':focus'));

const LOOKS: Record<string, BrowserContextOptions> = {
  'a wide window in light': { colorScheme: 'light' },
  'a wide window in dark': { colorScheme: 'dark' },
  'a phone in dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true },
};
for (const [look, how] of Object.entries(LOOKS)) {
  test(`the field, its suggestions and the results can be read in ${look}`, async () => {
    const { page, open, complaints, close } = await visitor(how);
    const inspect = async (what: string) => {
      assert.equal(await overflow(page), 0, `${what} is wider than its window`);
      assert.deepEqual(await barriers(page), [], what);
    };
    await open('/apis');
    await inspect('the header');
    // On a narrow screen the header has a link in place of the field.
    if (how.hasTouch) {
      await page.getByRole('link', { name: 'Find' }).click();
      await page.waitForURL('**/search');
    }
    await field(page).pressSequentially('street');
    await options(page).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await inspect('suggestions');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search?q=street');
    await inspect('results');
    await open('/search?q=se&lifecycle=deprecated');
    await inspect('results that are narrowed down');
    await open('/search?q=board&api=patents');
    await inspect('nothing found');
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('with the keyboard alone: / to the field, arrows to a suggestion, Enter to its page', async () => {
  const { page, open, complaints, close } = await visitor();
  await open('/apis/game');
  await page.keyboard.press('Control+/');
  assert.equal(await isFocused(page), false);
  await page.keyboard.press('/');
  assert.equal(await isFocused(page), true);
  assert.equal(await field(page).inputValue(), '');
  await page.keyboard.type('/boad');
  await options(page).first().waitFor();
  // Where the focus is, a slash is a slash.
  assert.equal(await field(page).inputValue(), '/boad');
  const combobox = page.getByRole('combobox', { expanded: true });
  assert.equal(await combobox.getAttribute('aria-activedescendant'), null);
  await page.keyboard.press('ArrowDown');
  const chosen = page.getByRole('option', { selected: true });
  assert.equal(await combobox.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'));
  assert.match(
    (await chosen.textContent()) ?? '',
    /Get the whole board.*Operation.*GET \/board · Tic Tac Toe 1\.0\.0/,
  );
  assert.equal(await chosen.locator('mark').first().textContent(), 'board');
  // Beyond the last one is the field, then the first one again.
  await page.keyboard.press('ArrowUp');
  assert.equal(await combobox.getAttribute('aria-activedescendant'), null);
  await page.keyboard.press('ArrowUp');
  assert.match((await chosen.textContent()) ?? '', /board photo\.txt.*File/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/apis/game/1.0.0/operations/get-board');
  assert.deepEqual(complaints, []);
  await close();
});

test('Escape closes the suggestions and leaves what was typed; Enter without one searches', async () => {
  const { page, open, close } = await visitor();
  await open('/');
  await page.keyboard.press('/');
  await page.keyboard.type('board');
  await options(page).first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { expanded: false }).waitFor();
  assert.equal(await field(page).inputValue(), 'board');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?q=board');
  await page.getByRole('link', { name: 'Get the whole board' }).waitFor();
  // A suggestion can be pointed at, too.
  await field(page).fill('winn');
  await options(page).filter({ hasText: 'winner' }).first().click();
  await page.waitForURL('**/schemas/winner');
  await close();
});

test('what was asked before is given up for what was typed since', async () => {
  const { page, open, close } = await visitor();
  await open('/');
  await page.route('**/suggest.json?q=boa', () => {}); // never answered
  const asked = page.waitForRequest('**/suggest.json?q=boa');
  await field(page).fill('boa');
  const early = await asked;
  const givenUp = page.waitForEvent('requestfailed', { predicate: (one) => one === early, timeout: 10_000 });
  await field(page).fill('uspto');
  await givenUp;
  await options(page).filter({ hasText: 'USPTO' }).first().waitFor();
  await close();
});

test('suggestions are of the generation that the page was made from', async () => {
  const { page, open, close } = await visitor();
  await open('/apis/game');
  const asked = page.waitForRequest('**/g/7/suggest.json?q=board');
  await field(page).fill('board');
  await asked;
  await close();
});

test('results are filtered with a script and without', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { page, open, close } = await visitor({ javaScriptEnabled });
    await open('/');
    await field(page).fill('se');
    await field(page).press('Enter');
    await page.waitForURL('**/search?q=se');
    const [hits, facets] = [
      page.locator('.hit'),
      page.getByRole('navigation', { name: 'Narrow the results down' }),
    ];
    const all = await hits.count();
    await facets.getByRole('link', { name: /^deprecated/ }).click();
    await page.waitForURL('**/search?q=se&lifecycle=deprecated');
    const some = await hits.count();
    assert.ok(some > 0 && some < all, `${some} of ${all}`);
    assert.equal(await hits.filter({ hasText: 'deprecated' }).count(), some);
    await page.getByRole('link', { name: /^deprecated ?: take this filter away$/ }).click();
    await page.waitForURL('**/search?q=se');
    assert.equal(await hits.count(), all);
    await close();
  }
});

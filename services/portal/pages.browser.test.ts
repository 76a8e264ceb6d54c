import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { type TestCluster, testCluster } from '../drills/test-cluster.ts';
import { barriers, launch, overflow, textOf, type Visitor, visit } from './testing/browser.ts';

const run = randomBytes(3).toString('hex');
let cluster: TestCluster;
let browser: Browser;
let password: string;

before(async () => {
  cluster = await testCluster();
  browser = await launch();
  password = await cluster.adminPassword();
});
after(() => browser?.close());

const LOOKS: Record<string, BrowserContextOptions> = {
  'a wide window in light': { colorScheme: 'light' },
  'a wide window in dark': { colorScheme: 'dark' },
  'a phone': { viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true },
};

async function inspect(visitor: Visitor, path: string, status = 200): Promise<void> {
  const answer = await visitor.open(path);
  assert.equal(answer.status, status, path);
  await visitor.page.waitForLoadState('networkidle');
  assert.equal(await overflow(visitor.page), 0, `${path} is wider than its window`);
  assert.deepEqual(await barriers(visitor.page), [], path);
}

for (const [look, options] of Object.entries(LOOKS)) {
  test(`every page can be read and used in ${look}`, async () => {
    const name = `a name that is long enough to be a burden on a narrow screen ${look} ${run}.txt`;
    const { id } = await cluster.upload({ name, bytes: Buffer.from(`Text of ${look}\n`.repeat(900)) });
    const visitor = await visit(browser, cluster, { reducedMotion: 'reduce', ...options });
    await inspect(visitor, '/');
    await inspect(visitor, '/sign-in');
    await visitor.signIn(password);
    await inspect(visitor, '/');
    // The start page is the same for everybody; a script puts the name in.
    await visitor.page.locator('.masthead').getByText('admin').waitFor();
    await inspect(visitor, '/library');
    await inspect(visitor, '/library?q=there+is+no+such+name');
    await inspect(visitor, `/library/${id}`);
    await visitor.page.getByRole('link', { name: 'Delete' }).click();
    assert.deepEqual(await barriers(visitor.page), [], 'the question before a deletion');
    await inspect(visitor, `/library/${id}/delete`);
    await inspect(visitor, '/status');
    await inspect(visitor, '/tokens');
    await inspect(visitor, '/no/such/page', 404);
    await cluster.remove(id);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
}

test('a wrong password is answered on the page, and where one wanted to go is kept', async () => {
  const visitor = await visit(browser, cluster);
  const { page } = visitor;
  await visitor.open('/status');
  await page.getByLabel('Name', { exact: true }).fill(`nobody-${run}`);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), `nobody-${run}`);
  assert.deepEqual(await barriers(page), []);
  await page.getByLabel('Name', { exact: true }).fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/status');
  await visitor.close();
});

test('the library is searched, sorted and paged, with a script and without', async () => {
  const names = Array.from({ length: 27 }, (_, index) => `page ${run} ${String(index).padStart(2, '0')}.txt`);
  const made = [];
  for (const name of names) made.push(await cluster.upload({ name, bytes: Buffer.from(name) }));
  for (const javaScriptEnabled of [true, false]) {
    const visitor = await visit(browser, cluster, { javaScriptEnabled });
    const { page } = visitor;
    await visitor.signIn(password);
    await page.getByLabel('Search by name').fill(`PAGE ${run}`);
    await page.getByLabel('Sort').selectOption('name');
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('27 files found').waitFor();
    const first = await page.locator('.card-name').allInnerTexts();
    assert.deepEqual(first, names.slice(0, 24));
    await page.getByRole('link', { name: 'Load more' }).click();
    await page.locator('.card-name', { hasText: names[26]! }).waitFor();
    const shown = await page.locator('.card-name').allInnerTexts();
    assert.deepEqual(shown, javaScriptEnabled ? names : names.slice(24));
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  }
  for (const { id } of made) await cluster.remove(id);
});

test('the status page outlives the portal that serves it, and says what happened', async (t) => {
  await cluster.scenario(t, async () => {
    const visitor = await visit(browser, cluster);
    const { page } = visitor;
    await visitor.signIn(password);
    await visitor.open('/status');
    const live = page.locator('[data-live-text]');
    await live.getByText(/^Live, served by portal-\d now$/).waitFor();
    await page.evaluate(() => {
      const { document, MutationObserver } = globalThis as unknown as Watched;
      const flash = document.querySelector('[data-out-of-reach]')!;
      new MutationObserver(() => {
        if (!flash.hidden) document.documentElement.dataset.flashed = 'yes';
      }).observe(flash, { attributes: true });
      document.documentElement.dataset.same = 'yes';
    });
    const gone = /portal-\d/.exec(await textOf(live))?.[0] ?? '';
    const left = gone === 'portal-1' ? 'portal-2' : 'portal-1';
    await cluster.cluster.kill(gone);
    const card = page.locator(`[data-node="${gone}"]`);
    await card.and(page.locator('.changed')).waitFor({ timeout: 20_000 });
    await card.getByText('serving', { exact: true }).waitFor({ state: 'detached', timeout: 20_000 });
    await page.locator('[data-verdict][data-state="degraded"]').waitFor({ timeout: 20_000 });
    await live.getByText(`Live, served by ${left} now`).waitFor();
    const events = page.locator('[data-events]');
    await events
      .getByText(new RegExp(`^${gone} is (silent|gone)`))
      .first()
      .waitFor({ timeout: 20_000 });
    await page.locator('[data-node="lb"]').getByText('serving', { exact: true }).waitFor();
    assert.match(await textOf(page.locator('[data-figure="perSecond"]')), /^[\d.,]+$/);
    assert.deepEqual(await barriers(page), []);
    await cluster.cluster.start(gone);
    await card.getByText('serving', { exact: true }).waitFor({ timeout: 40_000 });
    await events
      .getByText(new RegExp(`^${gone} is back after`))
      .first()
      .waitFor({ timeout: 20_000 });
    const html = page.locator('html');
    assert.deepEqual(
      [await html.getAttribute('data-same'), await html.getAttribute('data-flashed')],
      ['yes', null],
      'the page was loaded again, or said that nothing answers',
    );
    // A browser that reaches nothing cannot know why; the page says since when.
    await visitor.context.setOffline(true);
    const alarm = page.locator('[data-out-of-reach]');
    await alarm.getByText(/The whole cluster is out of reach: .* since .*\d/).waitFor({ timeout: 20_000 });
    assert.deepEqual(await barriers(page), []);
    await visitor.context.setOffline(false);
    await alarm.waitFor({ state: 'hidden', timeout: 20_000 });
    await live.getByText(/^Live, served by/).waitFor();
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
});

/** What a page has and Node's types do not know. */
interface Watched {
  document: {
    documentElement: { dataset: Record<string, string> };
    querySelector(selector: string): { hidden: boolean } | null;
  };
  MutationObserver: new (
    callback: () => void,
  ) => { observe(target: unknown, options: { attributes: true }): void };
}

test('a token is made on its page, works, and works no longer once it is revoked', async () => {
  const visitor = await visit(browser, cluster);
  const { page } = visitor;
  await visitor.signIn(password);
  assert.equal((await visitor.open('/tokens')).status, 200);
  await page.getByLabel('Name').fill(`browser ${run}`);
  await page.getByRole('button', { name: 'Create token' }).click();
  const secret = await textOf(page.locator('.copy-value code'));
  const list = () => cluster.ask('/api/v1/media', { headers: { authorization: `Bearer ${secret}` } });
  assert.equal((await list()).status, 200);
  await page.getByRole('button', { name: `Revoke browser ${run}` }).click();
  await page.getByRole('button', { name: `Revoke browser ${run}` }).waitFor({ state: 'detached' });
  assert.equal((await list()).status, 401);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

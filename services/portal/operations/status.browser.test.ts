import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { barriers, launch, overflow, textOf, visit } from '../testing/browser.ts';

const PATIENCE = { timeout: 60_000 };
let cluster: TestCluster;
let browser: Browser;
let password: string;

before(async () => {
  cluster = await testCluster();
  browser = await launch();
  password = await cluster.adminPassword();
});
after(() => browser?.close());

const askForPurge = async () => {
  const authorization = `Bearer ${await cluster.token('admin')}`;
  const answer = await cluster.ask('/api/v1/jobs/purge/runs', { method: 'POST', headers: { authorization } });
  assert.equal(answer.status, 202);
};

const LOOKS: Record<string, BrowserContextOptions> = {
  'a wide window in light': { colorScheme: 'light' },
  'a phone in dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true },
  'a phone in light': { viewport: { width: 360, height: 740 }, colorScheme: 'light', hasTouch: true },
};
for (const [look, options] of Object.entries(LOOKS)) {
  test(`agents, jobs, their runs and the charts can be read in ${look}`, async () => {
    await askForPurge();
    const visitor = await visit(browser, cluster, { reducedMotion: 'reduce', ...options });
    const { page } = visitor;
    await visitor.signIn(password);
    for (const path of ['/status', '/status?hours=24', '/status/jobs/purge']) {
      assert.equal((await visitor.open(path)).status, 200, path);
      assert.equal(await overflow(page), 0, `${path} is wider than its window`);
      assert.deepEqual(await barriers(page), [], path);
    }
    await visitor.open('/status');
    const agents = page.locator('[data-agents]');
    await agents.getByText('primary', { exact: true }).waitFor(PATIENCE);
    await agents.getByText('secondary', { exact: true }).waitFor(PATIENCE);
    // A chart is hidden from screen readers, and said beside it.
    const charts = page.locator('.chart');
    assert.ok((await charts.count()) >= 4);
    for (const chart of await charts.all())
      assert.match(await textOf(chart), /Now .+; lowest|No samples yet/);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
}

test('a run that somebody else asked for is seen without a reload', async () => {
  const visitor = await visit(browser, cluster);
  const { page } = visitor;
  await visitor.signIn(password);
  await visitor.open('/status');
  const row = page.locator('[data-job="purge"]');
  const before = await row.locator('time[datetime]').first().getAttribute('datetime', PATIENCE);
  await page.evaluate('globalThis.sameDocument = true');
  await askForPurge();
  await row.locator(`time[datetime]:not([datetime="${before}"])`).waitFor(PATIENCE);
  await row.getByText('done', { exact: true }).waitFor(PATIENCE);
  assert.equal(await page.evaluate('globalThis.sameDocument'), true, 'the page was loaded again');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a job is run now from the page, ${javaScriptEnabled ? 'with' : 'without'} a script`, async () => {
    const visitor = await visit(browser, cluster, { javaScriptEnabled });
    const { page } = visitor;
    await visitor.signIn(password);
    await visitor.open('/status/jobs/purge');
    const runs = page.getByText('asked for by admin');
    const already = await runs.count();
    await visitor.open('/status');
    await page.getByRole('button', { name: 'Run now: purge' }).click();
    await page.waitForURL('**/status?done=requested#jobs', PATIENCE);
    await page.getByText('The job was asked for').waitFor();
    await page.getByRole('link', { name: 'purge', exact: true }).click();
    await page.waitForURL('**/status/jobs/purge');
    // The page keeps itself up to date either way.
    await runs.nth(already).waitFor(PATIENCE);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
}

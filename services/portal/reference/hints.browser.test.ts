import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Generation } from '../generations/generation.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';
import { barriers, launch, overflow, visit } from '../testing/browser.ts';
import { loadedVersion } from './test-version.ts';

let portal: TestPortal;
let browser: Browser;

before(async () => {
  portal = await testPortal();
  const one = await loadedVersion('tictactoe.yaml');
  portal.publish({ n: 1, version: () => one } as unknown as Generation);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await portal?.close();
});

const HINTS: Record<string, string[]> = {
  nobody: [],
  reader: [],
  publisher: ['Catalog', 'Edit the draft', 'Publish'],
  admin: ['Catalog', 'Status', 'Tokens', 'Edit the draft', 'Publish'],
};
for (const [role, expected] of Object.entries(HINTS))
  test(`a page that is the same for everybody shows ${role} the way to what ${role} may do`, async () => {
    const visitor = await visit(browser, { baseUrl: portal.url }, { viewport: { width: 360, height: 740 } });
    const { page } = visitor;
    let asked = 0;
    await page.route('**/api/v1/session', async (route) => {
      asked++;
      await route.fulfill({ json: { user: { name: 'Ada', role }, csrfToken: 'x' } });
    });
    // The real one is set over TLS alone.
    if (role !== 'nobody')
      await page.addInitScript(
        `Object.defineProperty(document, 'cookie', { get: () => '__Host-portico-hint=1' })`,
      );
    for (const path of ['/apis/x', '/apis/x/1.0/operations/get-board', '/apis/x/1.0/print']) {
      const answer = await page.goto(path);
      assert.equal(answer?.status(), 200, path);
      assert.equal(answer?.headers()['set-cookie'], undefined);
      assert.match(answer?.headers()['cache-control'] ?? '', /^public/);
      if (role !== 'nobody') await page.locator('.account').getByText('Ada').waitFor();
      const links = await page.locator('.nav a, .crumb a').allInnerTexts();
      const usual = ['Home', 'APIs', 'Library', 'Tic Tac Toe', '1.0'];
      assert.deepEqual(
        links.filter((link) => !usual.includes(link)),
        expected,
        path,
      );
      assert.equal(await overflow(page), 0, path);
      assert.deepEqual(await barriers(page), [], path);
    }
    if (role === 'publisher') {
      const edit = page.getByRole('link', { name: 'Edit the draft' });
      assert.equal(await edit.getAttribute('href'), '/catalog/x');
    }
    assert.equal(asked, role === 'nobody' ? 0 : 3);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });

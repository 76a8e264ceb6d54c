/** The way back, and the way from one cluster into another, in a browser: over fakes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { EDGE, PASSWORD, type TestPortal, testPortal } from '../../test-portal.ts';
import { barriers, launch, overflow, type Visitor, visit } from '../../testing/browser.ts';

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light', hasTouch: true },
};
const STAGING = `ed25519:${'B'.repeat(43)}`;

describe('generations in a browser', () => {
  let portal: TestPortal;
  let browser: Browser;

  before(async () => {
    portal = await testPortal();
    browser = await launch();
    const headers = { authorization: `Bearer ${await portal.token('admin')}` };
    const post = (path: string, body: FormData | string) =>
      fetch(`${portal.url}/api/v1/${path}`, {
        method: 'POST',
        headers: typeof body === 'string' ? { ...headers, 'content-type': 'application/json' } : headers,
        body,
      });
    for (const title of ['Payments', 'Shipping and returns']) {
      const form = new FormData();
      const document = { openapi: '3.1.0', info: { title, version: '1.0.0' }, paths: {} };
      form.set('file', new Blob([JSON.stringify(document)]), 'openapi.json');
      assert.equal((await post('specs', form)).status, 201);
      const made = await post('generations', JSON.stringify({ note: `With ${title}` }));
      const { n } = (await made.json()) as { n: number };
      await post(`generations/${n}/activation`, '{}');
    }
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  async function signedIn(options: BrowserContextOptions = {}): Promise<Visitor> {
    // As the load balancer says it, behind which everything is https.
    const extraHTTPHeaders = { 'x-portico-edge': EDGE, 'x-forwarded-proto': 'https' };
    const visitor = await visit(browser, { baseUrl: portal.url }, { ...options, extraHTTPHeaders });
    await visitor.signIn(PASSWORD);
    return visitor;
  }

  async function looksWell({ page }: Visitor, what: string): Promise<void> {
    await page.waitForLoadState('networkidle');
    assert.equal(await overflow(page), 0, `${what} is wider than its window`);
    assert.deepEqual(await barriers(page), [], what);
    if (process.env.PICTURES)
      await page.screenshot({
        path: `${process.env.PICTURES}/${what.replaceAll(/\W+/g, '-')}.png`,
        fullPage: true,
      });
  }

  for (const [look, options] of Object.entries(LOOKS))
    test(`every page of them can be read and used: ${look}`, async () => {
      const visitor = await signedIn(options);
      await visitor.open('/publish');
      await looksWell(visitor, `publish ${look}`);
      await visitor.page.getByRole('link', { name: 'Generation 1', exact: true }).click();
      await visitor.page.getByRole('heading', { name: 'Generation 1' }).waitFor();
      await looksWell(visitor, `generation ${look}`);
      await visitor.open('/publish/2');
      await looksWell(visitor, `current generation ${look}`);
      await visitor.open('/publish/exchange');
      await looksWell(visitor, `exchange ${look}`);
      await visitor.page.getByLabel('Name of the other cluster').fill(`staging-${look}`);
      await visitor.page.getByLabel('Its public key').fill(STAGING.replace('BBB', `B${look.slice(0, 2)}`));
      await visitor.page.getByRole('button', { name: 'Trust this key' }).click();
      await visitor.page.getByRole('button', { name: `Remove staging-${look}` }).waitFor();
      await looksWell(visitor, `exchange with a key ${look}`);
      assert.deepEqual(visitor.complaints, []);
      await visitor.close();
    });

  test('what going back would change is seen before, and one click does it', async () => {
    const visitor = await signedIn();
    const { page } = visitor;
    await visitor.open('/publish/1');
    const changes = page.getByRole('region', { name: 'What making it current would change' });
    await changes.getByText('gone').waitFor();
    assert.match((await changes.textContent()) ?? '', /shipping-and-returns/);
    await page.getByRole('button', { name: 'Make 1 current' }).click();
    await page.waitForURL('**/publish?done=1');
    await page
      .getByRole('listitem')
      .filter({ hasText: /Generation 1\s+current/ })
      .waitFor();
    await visitor.close();
  });

  test('a generation is pinned, and exported', async () => {
    const visitor = await signedIn();
    const { page } = visitor;
    await visitor.open('/publish/1');
    await page.getByRole('button', { name: 'Pin it' }).click();
    await page.getByRole('button', { name: 'Unpin it' }).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export it' }).click(),
    ]);
    assert.equal(file.suggestedFilename(), 'gen-1.portico');
    await visitor.close();
  });

  const imports: [what: string, content: string, sentence: RegExp][] = [
    ['is told where it is kept', 'generation 1', /It was here already: generation 1/],
    [
      'that is refused says why',
      'a stranger’s',
      /Nothing was imported\. The file is signed with a key that is not trusted/,
    ],
    ['that is too large says so', 'x'.repeat(3_000_000), /Nothing was imported\. The file is larger than/],
  ];
  for (const [what, content, sentence] of imports)
    test(`an import ${what}`, async () => {
      const visitor = await signedIn();
      const { page } = visitor;
      await visitor.open('/publish/exchange');
      const buffer = Buffer.from(content);
      await page
        .getByLabel('The exported file')
        .setInputFiles({ name: 'gen.portico', mimeType: 'application/x-tar', buffer });
      await page.getByRole('button', { name: 'Import' }).click();
      await page.locator('.notice').filter({ hasText: sentence }).waitFor();
      await looksWell(visitor, `after an import that ${what}`);
      await visitor.close();
    });

  test('a key that is none is told, and what was typed is still there', async () => {
    const visitor = await signedIn();
    const { page } = visitor;
    await visitor.open('/publish/exchange');
    await page.getByLabel('Name of the other cluster').fill('production');
    await page.getByLabel('Its public key').fill('ssh-rsa AAAA');
    await page.getByRole('button', { name: 'Trust this key' }).click();
    await page.getByRole('alert').filter({ hasText: 'A public key is one word' }).waitFor();
    assert.equal(await page.getByLabel('Name of the other cluster').inputValue(), 'production');
    await visitor.close();
  });
});

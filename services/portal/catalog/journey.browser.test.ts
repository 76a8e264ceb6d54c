/** What a publisher and a reader do, from the upload of a description to the way back, in a browser on the real cluster. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';
import { fixture } from '../../specs/test-specs.ts';
import { barriers, launch, overflow, textOf, type Visitor, visit } from '../testing/browser.ts';

const PHONE = { width: 390, height: 844 };
const run = randomBytes(3).toString('hex');
let cluster: TestCluster;
let browser: Browser;
let password: string;
/** What was there before, and is made current again at the end. */
let earlier: number | undefined;

before(async () => {
  cluster = await testCluster();
  browser = await launch();
  password = await cluster.adminPassword();
  const { items } = await ask<{ items: { n: number; isCurrent: boolean }[] }>('GET', '/api/v1/generations');
  earlier = items.find(({ isCurrent }) => isCurrent)?.n;
});
after(async () => {
  const { items } = await ask<{ items: { name: string }[] }>('GET', `/api/v1/apis?search=${run}`);
  for (const { name } of items) await ask('DELETE', `/api/v1/apis/${name}`);
  if (earlier !== undefined) await ask('POST', `/api/v1/generations/${earlier}/activation`, '{}');
  await browser?.close();
});

async function ask<T>(method: string, path: string, body?: string): Promise<T> {
  const authorization = `Bearer ${await cluster.token('publisher')}`;
  const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const answer = await cluster.ask(path, { method, headers, ...(body !== undefined && { body }) });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text()}`);
  return (answer.status === 204 ? undefined : answer.json()) as T;
}

interface Chosen {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const file = (name: string, text: string): Chosen => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(text),
});

/** Others' own description of the data sets of a patent office, under a name of this run. */
const described = (title: string, change: (text: string) => string = (text) => text): Chosen =>
  file('uspto.yaml', change(fixture('uspto.yaml').toString().replace('USPTO Data Set API', title)));

/** As wide as a desk and as narrow as a phone, in both colours: whole, readable, and nothing beside the window. */
async function inspect({ page }: Visitor): Promise<void> {
  const where = new URL(page.url()).pathname;
  const wide = page.viewportSize()!;
  await page.setViewportSize(PHONE);
  assert.equal(await overflow(page), 0, `${where} is wider than a phone`);
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(await barriers(page), [], `${where} in light`);
  // Nothing but colours changes in the dark.
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await barriers(page, ['color-contrast']), [], `${where} in dark`);
  const levels = await page
    .locator('h1, h2, h3, h4, h5, h6')
    .evaluateAll((all) =>
      all.map((heading) => Number((heading as unknown as { tagName: string }).tagName[1])),
    );
  const skipped = levels.findIndex((level, n) => level > (levels[n - 1] ?? 0) + 1);
  assert.equal(skipped, -1, `${where} skips a level of its headings: ${levels}`);
}

/** The browser drops its connections when a container comes or goes; the page says so, and the button is pressed again. */
async function upload(page: Page, chosen: Chosen): Promise<void> {
  const button = page.getByRole('button', { name: 'Upload' });
  await page.getByLabel('File', { exact: true }).setInputFiles(chosen);
  await button.click();
  await until('the upload is answered', 60_000, async () => {
    if (await page.getByText('Upload it again: it is not kept twice').isVisible()) await button.click();
    const isRefused = await page.getByRole('heading', { name: 'Upload it again', exact: true }).isVisible();
    return isRefused || page.url().endsWith('?done=uploaded') || page.url();
  });
}

async function publish(page: Page, note: string): Promise<number> {
  await page.getByLabel('Note').fill(note);
  // Twice, as people click: it is one generation all the same.
  await page.getByRole('button', { name: 'Publish', exact: true }).dblclick();
  const done = page.getByRole('status').filter({ hasText: /Generation \d+ is current/ });
  await done.waitFor({ timeout: 20_000 });
  return Number(/\d+/.exec(await textOf(done))![0]);
}

async function someone(options: BrowserContextOptions = {}): Promise<Visitor> {
  return visit(browser, cluster, { reducedMotion: 'reduce', ...options });
}

test('a description goes from a publisher’s hands to a reader’s, changes, and goes back in one click', async (t) => {
  const [title, name] = [`Data sets ${run}`, `data-sets-${run}`];
  const publisher = await someone();
  const reader = await someone();
  const { page } = publisher;
  await publisher.signIn(password);

  // Uploaded, with something wrong in it.
  await publisher.open('/catalog');
  await inspect(publisher);
  await page.getByLabel('What is new').fill('The **first** one.');
  await upload(
    page,
    described(title, (text) =>
      text.replace('#/components/schemas/dataSetList"', '#/components/schemas/gone"'),
    ),
  );
  await page.waitForURL(`**/catalog/${name}?done=uploaded`);
  await inspect(publisher);
  await page.getByRole('link', { name: '1 error' }).click();
  const problem = page.locator('.problems li');
  assert.match(
    await textOf(problem),
    /Can't resolve \$ref\.\s+uspto\.yaml, line \d+ · rule no-unresolved-refs/,
  );
  assert.match(await textOf(problem.locator('[data-this]')), /\$ref: "#\/components\/schemas\/gone"/);
  await inspect(publisher);

  // Mended, put in its place, and said something about.
  await page.getByRole('link', { name: 'upload it again' }).click();
  await page.getByLabel('Put it in the place').check();
  await upload(page, described(title));
  await page.getByText('nothing is wrong').waitFor();
  await page.getByLabel('Owner').fill(`Office ${run}`);
  await page.getByLabel('Tags').fill(`patents-${run}, open`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL('**done=saved');

  // Published.
  await page.getByRole('link', { name: 'Publish …' }).click();
  await page.getByText(`${name} version 1.0.0`).waitFor();
  await inspect(publisher);
  const first = await publish(page, `The first of ${run}`);
  await inspect(publisher);

  // Read, by somebody who is not signed in.
  await reader.open('/');
  await inspect(reader);
  await reader.page.getByRole('link', { name: title }).click();
  await reader.page.getByRole('heading', { level: 1, name: title }).waitFor();
  await inspect(reader);
  await reader.page.locator('.entries-list a', { hasText: '/records' }).click();
  const { page: read } = reader;
  await read.getByRole('heading', { level: 1, name: /^Provides search capability/ }).waitFor();
  assert.match(
    await textOf(read.locator('.samples pre').first()),
    /curl 'https:\/\/developer\.uspto\.gov\/ds-api\//,
  );
  await inspect(reader);
  await reader.open(`/apis/${name}/1.0.0/schemas/datasetlist`);
  await read.getByText('apiVersionNumber', { exact: true }).first().waitFor();
  await inspect(reader);
  await reader.open(`/apis?tag=patents-${run}`);
  assert.deepEqual(await read.locator('.api-card h2').allInnerTexts(), [title]);
  await inspect(reader);

  // Found.
  await reader.open(`/search?q=searchable+fields+${run}`);
  const hit = read.locator(`main a[href="/apis/${name}/1.0.0/operations/list-searchable-fields"]`).first();
  await hit.waitFor();
  await inspect(reader);

  // Version 2, and that the first one ends.
  await publisher.open(`/catalog/${name}`);
  await upload(
    page,
    described(title, (text) =>
      text
        .replace('version: 1.0.0', 'version: 2.0.0')
        .replace('/{dataset}/{version}/fields', '/{dataset}/{version}/columns'),
    ),
  );
  await page.waitForURL(`**/catalog/${name}?done=uploaded`);
  await page.getByLabel('State').selectOption('deprecated');
  await page.getByLabel('Ends on').fill('2999-12-31');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL('**done=saved');
  await publisher.open('/publish');
  await page.getByText(`${name} 2.0.0 3 operations`).waitFor();
  await page.getByText(/lifecycle: active → deprecated; sunset: none → 2999-12-31/).waitFor();
  const second = await publish(page, `The second of ${run}`);
  assert.equal(second, first + 1, 'two clicks made one generation');
  await reader.open(`/apis/${name}`);
  await read.getByText('This API is deprecated and ends on 2999-12-31.').waitFor();
  await read.getByText('/{dataset}/{version}/columns').first().waitFor();
  await inspect(reader);

  // Back, in one click.
  await page.getByRole('button', { name: `Make ${first} current` }).click();
  await page.getByText(`Generation ${first} is current`).waitFor({ timeout: 20_000 });
  await reader.open(`/apis/${name}`);
  await read.getByText('/{dataset}/{version}/fields').first().waitFor();
  assert.equal(await read.getByText('This API is deprecated').count(), 0);
  assert.equal((await reader.open(`/apis/${name}/2.0.0`)).status, 404);

  // Away.
  await publisher.open(`/catalog/${name}`);
  await page.getByRole('link', { name: 'Remove 2.0.0 …' }).click();
  await inspect(publisher);
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.waitForURL('**done=removed');
  assert.equal(await page.getByRole('link', { name: '2.0.0', exact: true }).count(), 0);
  assert.deepEqual([publisher.complaints, reader.complaints], [[], []]);
  t.diagnostic(`generations ${first} and ${second}`);
  await Promise.all([publisher.close(), reader.close()]);
});

for (const javaScriptEnabled of [true, false])
  test(`every mistake is told where it was made, and what was typed is kept ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
    const [title, name] = [`Slips ${javaScriptEnabled} ${run}`, `slips-${javaScriptEnabled}-${run}`];
    const visitor = await someone({ javaScriptEnabled });
    const { page } = visitor;
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.request().method() === 'POST') statuses.push(response.status());
    });
    await visitor.signIn(password);
    await visitor.open('/catalog');
    await upload(page, described(title));
    await page.waitForURL(`**/catalog/${name}?done=uploaded`);

    const slips: [Chosen, RegExp, number][] = [
      [file('notes.txt', 'Dear all,\n'), /This is no API description/, 422],
      [file('empty.yaml', ''), /The file is empty/, 422],
      [
        file('broken.yaml', 'openapi: 3.0.0\ninfo:\n  title: [a\npaths: {}\n'),
        /neither YAML nor JSON from here/,
        422,
      ],
      [described(title), /There is a version 1\.0\.0 already/, 409],
    ];
    if (javaScriptEnabled) slips.push([file('empty.yaml', ''), /The file is empty/, 422]);
    for (const [chosen, why, status] of slips) {
      await visitor.open('/catalog');
      await page.getByLabel('What is new').fill('Words that took time.');
      await upload(page, chosen);
      await page.getByRole('heading', { level: 2, name: 'Upload it again' }).waitFor();
      assert.match(await textOf(page.locator('main')), why);
      assert.equal(statuses.at(-1), status, chosen.name);
      assert.equal(await page.getByLabel('What is new').inputValue(), 'Words that took time.');
      const kept = await page
        .getByLabel('File', { exact: true })
        .evaluate((input) => (input as unknown as { files: { name: string }[] }).files[0]?.name);
      assert.equal(kept, javaScriptEnabled ? chosen.name : undefined, 'only a script can keep the file');
    }
    if (javaScriptEnabled) await inspect(visitor);

    await visitor.open('/catalog');
    const field = page.getByLabel('Name in addresses');
    await field.fill('Not A Name');
    // The browser itself would not send it.
    await page.locator('[data-spec-form]').evaluate((form) => {
      (form as unknown as { noValidate: boolean }).noValidate = true;
    });
    await upload(page, described(title));
    await page.getByText('small letters, digits and single hyphens').waitFor();
    assert.deepEqual(
      [await field.inputValue(), await field.getAttribute('aria-invalid')],
      ['Not A Name', 'true'],
    );

    await visitor.open(`/catalog/${name}`);
    await page.getByLabel('In one sentence').fill('A sentence that took time.');
    await page.getByLabel('State').selectOption('deprecated');
    await page.getByLabel('Ends on').fill('2001-01-01');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('2001-01-01 is over').waitFor();
    assert.equal(statuses.at(-1), 400);
    assert.equal(await page.getByLabel('In one sentence').inputValue(), 'A sentence that took time.');
    if (javaScriptEnabled) await inspect(visitor);

    await page.getByRole('link', { name: `Remove ${title}` }).click();
    await page.getByRole('heading', { name: 'Remove this from the drafts?' }).waitFor();
    await page.getByRole('link', { name: 'Keep it' }).click();
    await page.waitForURL(`**/catalog/${name}`);
    assert.ok(
      statuses.every((status) => status < 500),
      `${statuses}`,
    );
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });

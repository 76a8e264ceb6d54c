import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';
import { dropFiles, launch, textOf, uploaderReady, visit } from '../testing/browser.ts';
import { large, pdf, photo, type Sample } from '../testing/sample-files.ts';

const LARGE_MB = 300;
const run = randomBytes(3).toString('hex');
let cluster: TestCluster;
let browser: Browser;
let directory: string;

before(async () => {
  cluster = await testCluster();
  browser = await launch();
  directory = await mkdtemp(path.join(tmpdir(), 'portico-upload-'));
});
after(async () => {
  await browser?.close();
  await rm(directory, { recursive: true, force: true });
});

const row = (page: Page, { name }: Sample) => page.locator('.upload', { hasText: name });

async function uploaded(page: Page, sample: Sample, timeout = 120_000): Promise<void> {
  await row(page, sample).and(page.locator('[data-state="done"]')).waitFor({ timeout });
}

test('three files that are dropped are in the library through every portal, and a portal may go', async (t) => {
  await cluster.scenario(t, async () => {
    const [picture, paper, data] = await Promise.all([
      photo(directory, `harbour ${run}.jpg`),
      pdf(directory, `Quarterly “report” ${run}.pdf`, 'Portico'),
      large(directory, `dataset-${run}.bin`, LARGE_MB),
    ]);
    const samples = [picture, paper, data];
    const visitor = await visit(browser, cluster);
    const { page } = visitor;
    await visitor.signIn(await cluster.adminPassword());
    await uploaderReady(visitor);

    await dropFiles(
      page,
      samples.map((sample) => sample.path),
    );
    // Bytes and speed are told while the large one is on its way.
    await until(
      'progress is shown',
      60_000,
      async () => {
        const said = await textOf(row(page, data));
        const { value } = await row(page, data)
          .locator('progress')
          .evaluate((bar) => ({ value: (bar as unknown as { value: number }).value }));
        return (value > 0 && value < 1 && /of 300 MB · .*\/s/.test(said)) || `${value}: ${said}`;
      },
      20,
    );
    for (const sample of samples) await uploaded(page, sample);
    await page.getByRole('heading', { name: '3 of 3 uploaded' }).waitFor();

    // In every portal's library, at once.
    const seen = new Set<string>();
    await until('both portals drew the library', 30_000, async () => {
      const { node } = await visitor.open(`/library?q=${run}`);
      const names = await page.locator('.card-name').allInnerTexts();
      for (const { name } of samples) assert.ok(names.includes(name), `${name} is not in ${node}'s library`);
      // In turn means: a page of two requests meets the same portal each time, unless one more comes between.
      if (seen.has(node)) await cluster.ask('/-/live');
      seen.add(node);
      return seen.size >= 2 || `so far: ${[...seen].join(', ')}`;
    });
    const thumbnail = page.locator('.card', { hasText: picture.name }).locator('img');
    await thumbnail.scrollIntoViewIfNeeded();
    await until('the photo has a thumbnail', 15_000, async () => {
      const width = await thumbnail.evaluate(
        (image) => (image as unknown as { naturalWidth: number }).naturalWidth,
      );
      return width === 480 || `it is ${width} px wide`;
    });

    // Each on its own page with the hash of what was sent.
    for (const sample of samples) {
      await visitor.open(`/library?q=${run}`);
      await page.getByRole('link', { name: sample.name }).click();
      await page.getByRole('heading', { name: sample.name }).waitFor();
      assert.ok((await textOf(page.locator('.facts'))).includes(sample.sha256), `${sample.name}: hash`);
    }

    // A portal goes, and nobody has to sign in again.
    const [gone] = [...seen];
    await cluster.cluster.stop(gone!);
    for (let times = 0; times < 6; times += 1) {
      const { status, node } = await visitor.open('/library');
      assert.equal(status, 200);
      assert.notEqual(node, gone);
      assert.equal(new URL(page.url()).pathname, '/library');
    }
    await uploaderReady(visitor);
    const fourth = await photo(directory, `fourth ${run}.jpg`);
    await dropFiles(page, [fourth.path]);
    await uploaded(page, fourth);
    assert.doesNotMatch(await textOf(row(page, fourth)), new RegExp(`through ${gone}`));
    await page.locator('.card-name', { hasText: fourth.name }).waitFor();
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
});

test('an upload can be cancelled and taken up again, and an empty file is refused with a sentence', async () => {
  const sample = await large(directory, `second-thoughts-${run}.bin`, 40);
  const visitor = await visit(browser, cluster);
  const { page } = visitor;
  await visitor.signIn(await cluster.adminPassword());
  await uploaderReady(visitor);
  const network = await page.context().newCDPSession(page);
  const limit = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await limit(2_000_000);
  await page.locator('input[type="file"]').setInputFiles(sample.path);
  await page.getByRole('button', { name: `Cancel ${sample.name}` }).click();
  await row(page, sample).and(page.locator('[data-state="cancelled"]')).waitFor();
  await limit(-1);
  await page.getByRole('button', { name: `Try again: ${sample.name}` }).click();
  await uploaded(page, sample);

  const empty = { name: `empty-${run}.txt`, mimeType: 'text/plain', buffer: Buffer.alloc(0) };
  await page.locator('input[type="file"]').setInputFiles(empty);
  await page.locator('.upload', { hasText: 'This file is empty.' }).waitFor();
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('without JavaScript: sign in, upload, look, delete, sign out', async () => {
  const sample = await pdf(directory, `plain-${run}.pdf`, 'No script');
  const visitor = await visit(browser, cluster, { javaScriptEnabled: false });
  const { page } = visitor;
  await visitor.signIn(await cluster.adminPassword());
  await page.getByLabel('Signed-in people only').check();
  await page.locator('input[type="file"]').setInputFiles(sample.path);
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByRole('heading', { name: sample.name }).waitFor();
  const facts = await textOf(page.locator('.facts'));
  assert.ok(facts.includes(sample.sha256));
  assert.match(facts, /Signed-in people only/);

  await page.getByRole('link', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('The file is deleted.').waitFor();
  await visitor.open(`/library?q=plain-${run}`);
  await page.getByText('No name contains').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  await visitor.open('/library');
  assert.match(page.url(), /\/sign-in\?next=%2Flibrary$/);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

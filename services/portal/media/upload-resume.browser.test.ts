import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';
import { barriers, launch, overflow, textOf, uploaderReady, visit } from '../testing/browser.ts';
import { large, type Sample } from '../testing/sample-files.ts';

const run = randomBytes(3).toString('hex');
const SIZE_MB = 60;
/** Bytes a second: slow enough for something to happen on the way. */
const SLOW = 12_000_000;
let cluster: TestCluster;
let browser: Browser;
let directory: string;

before(async () => {
  cluster = await testCluster();
  browser = await launch();
  directory = await mkdtemp(path.join(tmpdir(), 'portico-resume-'));
});
after(async () => {
  await browser?.close();
  await rm(directory, { recursive: true, force: true });
});

/** Adds up what every request of this origin's pages has sent, over reloads. */
const COUNT_BYTES = `{
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    let counted = 0;
    this.upload.addEventListener('progress', ({ loaded }) => {
      localStorage.setItem('test bytes', Number(localStorage.getItem('test bytes')) + loaded - counted);
      counted = loaded;
    });
    return send.call(this, body);
  };
}`;

const row = (page: Page, { name }: Sample) => page.locator('.upload', { hasText: name });

async function onItsWay(page: Page, sample: Sample): Promise<void> {
  await until('the upload is half-way', 60_000, async () => {
    const value = await row(page, sample)
      .locator('progress')
      .evaluate((bar) => (bar as unknown as { value: number }).value);
    return value > 0.4 || `${value}`;
  });
}

/** A person with a slow network at the library, and how much of each file's size was sent in the end. */
async function slowVisitor() {
  const visitor = await visit(browser, cluster);
  const { page, context } = visitor;
  await context.addInitScript(COUNT_BYTES);
  // Leaving the page while it uploads is asked about, and meant.
  page.on('dialog', (dialog) => void dialog.accept());
  await visitor.signIn(await cluster.adminPassword());
  await uploaderReady(visitor);
  const network = await context.newCDPSession(page);
  const conditions = (offline: boolean) =>
    network.send('Network.emulateNetworkConditions', {
      offline,
      latency: 5,
      downloadThroughput: -1,
      uploadThroughput: SLOW,
    });
  await conditions(false);
  return {
    ...visitor,
    conditions,
    choose: (sample: Sample) => page.locator('input[type="file"]').setInputFiles(sample.path),
    async uploaded(sample: Sample): Promise<void> {
      await row(page, sample).and(page.locator('[data-state="done"]')).waitFor({ timeout: 120_000 });
      const sent = Number(await page.evaluate("localStorage.getItem('test bytes')"));
      const share = sent / (SIZE_MB * 1e6);
      // The count lacks what went between its last event and each break: some 50 ms.
      assert.ok(share >= 0.95 && share <= 1.1, `${share} of the file's size was sent`);
      await visitor.open(`/library?q=${sample.name}`);
      assert.equal(await page.locator('.card').count(), 1);
      await page.getByRole('link', { name: sample.name }).click();
      await page.getByRole('heading', { name: sample.name }).waitFor();
      assert.ok((await textOf(page.locator('.facts'))).includes(sample.sha256), 'the hash of what was sent');
      assert.deepEqual(visitor.complaints, []);
      await visitor.close();
    },
  };
}

test('after a reload the page says what is unfinished, and the file chosen again goes on where it was', async () => {
  const sample = await large(directory, `reloaded-${run}.bin`, SIZE_MB);
  const { page, choose, uploaded } = await slowVisitor();
  await choose(sample);
  await onItsWay(page, sample);
  await page.reload();
  const unfinished = page.locator('[data-unfinished]');
  await unfinished.getByText(/Choose the file again to go on: [1-9]\d % of 60 MB is there/).waitFor();
  assert.deepEqual(await barriers(page), []);
  await choose(sample);
  await unfinished.waitFor({ state: 'hidden' });
  await uploaded(sample);
});

test('what is unfinished can be discarded, and is then gone at the portal, too', async () => {
  const sample = await large(directory, `discarded-${run}.bin`, SIZE_MB);
  const { page, choose, complaints, close } = await slowVisitor();
  let address = '';
  page.on('request', (request) => {
    if (request.method() === 'PATCH') address = request.url();
  });
  await choose(sample);
  await onItsWay(page, sample);
  await page.reload();
  await page.getByRole('button', { name: `Discard ${sample.name}` }).click();
  await until('the upload is gone', 20_000, async () => {
    const status = await page.evaluate(`fetch('${address}').then((answer) => answer.status)`);
    return status === 404 || `${status}`;
  });
  await page.reload();
  await page.locator('[data-choose]').waitFor();
  assert.equal(await page.locator('[data-unfinished]').isVisible(), false);
  assert.deepEqual(complaints, []);
  await close();
});

test('while the network is away the page waits for it, and goes on by itself', async () => {
  const sample = await large(directory, `offline-${run}.bin`, SIZE_MB);
  const { page, conditions, choose, uploaded } = await slowVisitor();
  await choose(sample);
  await onItsWay(page, sample);
  await conditions(true);
  await row(page, sample).getByText('Waiting for the network').waitFor();
  await conditions(false);
  await uploaded(sample);
});

test('when its portal dies an upload goes on at another, and hardly a byte is sent twice', async (t) => {
  await cluster.scenario(t, async () => {
    const sample = await large(directory, `survivor-${run}.bin`, SIZE_MB);
    const { page, choose, uploaded } = await slowVisitor();
    await choose(sample);
    await onItsWay(page, sample);
    await cluster.cluster.kill('portal-1');
    await cluster.cluster.start('portal-1');
    await cluster.cluster.kill('portal-2');
    await uploaded(sample);
  });
});

test('one upload is paused, and taken up where it was', async () => {
  const sample = await large(directory, `paused-${run}.bin`, SIZE_MB);
  const { page, choose, uploaded } = await slowVisitor();
  await choose(sample);
  await onItsWay(page, sample);
  await page.getByRole('button', { name: `Pause ${sample.name}` }).click();
  await row(page, sample)
    .getByText(/^Paused · \d+ MB of 60 MB$/)
    .waitFor();
  await page.getByRole('button', { name: `Go on with ${sample.name}` }).click();
  await uploaded(sample);
});

test('a hundred files at once are a list that one can follow', async () => {
  const visitor = await visit(browser, cluster, { viewport: { width: 360, height: 740 } });
  const { page } = visitor;
  await visitor.signIn(await cluster.adminPassword());
  await uploaderReady(visitor);
  const files = Array.from({ length: 100 }, (_, index) => ({
    name: `small-${run}-${String(index).padStart(3, '0')}.txt`,
    mimeType: 'text/plain',
    buffer: Buffer.from(`file ${index} of ${run}`),
  }));
  const empty = { name: `empty-${run}.txt`, mimeType: 'text/plain', buffer: Buffer.alloc(0) };
  await page.locator('input[type="file"]').setInputFiles([...files, empty]);
  const title = page.locator('[data-queue-title]');
  await page.getByText(/^[1-9]\d* of 101 uploaded$/).waitFor({ timeout: 60_000 });
  assert.deepEqual(await barriers(page), []);
  assert.equal(await overflow(page), 0);
  // In the order in which they were chosen, whatever has become of each.
  const names = await page.locator('.upload-name').allInnerTexts();
  assert.deepEqual(
    names.filter((name) => name !== ''),
    [...files, empty].map(({ name }) => name),
  );
  await until('all are uploaded', 120_000, async () => {
    const said = await textOf(title);
    return said === '100 of 101 uploaded' || said;
  });
  await page.getByRole('button', { name: 'Failed 1' }).click();
  await until('only the failed one is shown', 10_000, async () => {
    const shown = await page.locator('.upload:visible').count();
    return shown === 1 || `${shown} are`;
  });
  await page.locator('.upload:visible', { hasText: 'This file is empty.' }).waitFor();
  await page.getByRole('button', { name: 'Clear finished' }).click();
  await title.waitFor({ state: 'hidden' });
  const { total } = (await visitor.page.evaluate(
    `fetch('/library?q=small-${run}').then((a) => a.text()).then((t) => ({ total: /100 files/.test(t) }))`,
  )) as { total: boolean };
  assert.ok(total, 'the library holds each once');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});
